import type { DeliveryFacts, DocumentFacts, Outcome, PatientFacts, StayFacts } from '../stay-facts.js';

const qualified: PatientFacts = {
  id: 'patient',
  insQualified: true,
  fictitious: false,
  opposed: false,
  deceasedOn: null,
  birthDate: '1979-03-28',
};

/** An ended hospital stay of a qualified patient, nothing handed over yet. */
export function stay(
  stayId: string,
  endedAt: string,
  changes: Partial<Omit<StayFacts, 'patient'>> & { readonly patient?: Partial<PatientFacts> } = {},
): StayFacts {
  const { patient, ...rest } = changes;
  return {
    stayId,
    establishment: '990000119',
    patientClass: 'I',
    state: 'ended',
    admittedAt: new Date('2023-01-01T08:00:00Z'),
    endedAt: new Date(endedAt),
    endedByDeath: false,
    documents: [],
    ...rest,
    patient: { ...qualified, id: `patient-${stayId}`, ...patient },
  };
}

export const LETTER = '11490-0';
export const PRESCRIPTION = '57833-6';

export const outcome = (kind: Outcome['kind'], changes: Partial<Outcome> = {}): Outcome => ({
  kind,
  at: new Date('2023-02-02T10:00:00Z'),
  code: null,
  status: null,
  ...changes,
});

export const delivery = (result: Outcome | null, changes: Partial<DeliveryFacts> = {}): DeliveryFacts => ({
  channel: 'dmp',
  operation: 'send',
  request: { state: 'requested', reasons: [] },
  outcome: result,
  ...changes,
});

export const document = (
  stayId: string,
  typeCode: string,
  deliveries: readonly DeliveryFacts[],
  changes: Partial<DocumentFacts> = {},
): DocumentFacts => ({
  documentId: `${stayId}-${typeCode}-${changes.version ?? 1}`,
  lineageId: `${stayId}-${typeCode}`,
  version: 1,
  typeCode,
  stayId,
  receivedAt: new Date('2023-02-02T09:00:00Z'),
  deliveries,
  ...changes,
});

export const accepted = (stayId: string, typeCode: string, changes: Partial<DocumentFacts> = {}): DocumentFacts =>
  document(stayId, typeCode, [delivery(outcome('accepted'))], changes);
