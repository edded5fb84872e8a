import type { NewEvent } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { RepublicationPart } from '@pfi/platform-service';
import { ownerOfDomain, ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { PatientRepository } from '../persistence/patient.repository.js';
import type { StayRepository } from '../persistence/stay.repository.js';
import { patientChanged, patientsMerged, stayChanged } from './identity-events.js';

/** The state that this service owns, for those who rebuild what they keep of it: patients, merges, stays. */
export function identityRepublication(
  ght: Ght,
  patients: PatientRepository,
  stays: StayRepository,
): readonly RepublicationPart[] {
  const domains = () => ght.file.identityDomains.map(({ key }) => ownerOfDomain(key));
  const entities = () => ght.file.legalEntities.map(({ finess }) => ownerOfLegalEntity(finess));
  return [
    part(
      domains,
      (...page) => patients.page(...page),
      ({ id }) => id,
      (patient) => patientChanged(patient, undefined, true),
    ),
    part(
      domains,
      (...page) => patients.pageOfMerges(...page),
      ({ retired }) => retired.id,
      ({ retired, survivor }) => patientsMerged(retired, survivor, undefined, true),
    ),
    part(
      entities,
      (...page) => stays.page(...page),
      ({ id }) => id,
      (stay) => stayChanged(stay, undefined, true),
    ),
  ];
}

function part<Row>(
  owners: () => readonly string[],
  read: (tx: Tx, owner: string, after: string | null, limit: number) => Promise<Row[]>,
  key: (row: Row) => string,
  event: (row: Row) => NewEvent,
): RepublicationPart {
  return {
    owners,
    page: async (tx, owner, after, limit) => {
      const rows = await read(tx, owner, after, limit);
      const last = rows.at(-1);
      return { events: rows.map(event), next: last && rows.length === limit ? key(last) : null };
    },
  };
}
