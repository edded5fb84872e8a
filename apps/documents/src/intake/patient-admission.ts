import { acceptedInsOids, type InsEnvironment, type LocalIdentifier } from '@pfi/health';
import { MessageRefused } from '@pfi/platform-intake';
import type { Ght, Source } from '@pfi/platform-settings';
import type { DeclaredPatient } from '../deliveries/records.js';
import type { IncomingDocument } from './incoming-document.js';
import type { Statement } from './statement.js';

/** The patient and the stay of a statement, in the canonical words of the source's identity domain. */
export class PatientAdmission {
  readonly #insOids: ReadonlySet<string>;

  constructor(
    private readonly ght: Ght,
    environment: InsEnvironment,
  ) {
    this.#insOids = new Set(acceptedInsOids(environment));
  }

  /** A test INS never enters production, nor a production INS a trial. Raises INS_INVALID. */
  checkIns({ patient, places }: Pick<Statement, 'patient' | 'places'>): void {
    if (patient.ins && !this.#insOids.has(patient.ins.oid))
      throw new MessageRefused(
        '102',
        'INS_INVALID',
        'L’autorité de l’INS (OID) n’est pas acceptée par cette plateforme : vérifier l’environnement de l’émetteur.',
        places.ins,
      );
  }

  /** Raises SOURCE_NOT_ALLOWED. */
  declared(statement: Pick<Statement, 'patient' | 'places' | 'source'>): DeclaredPatient {
    const { patient, source } = statement;
    return {
      ins: patient.ins,
      traits: patient.traits,
      identifiers: this.identifiers(statement),
      vouched: source.mayVouch && patient.ins !== null && patient.validated,
      fictitious: patient.fictitious,
    };
  }

  stay({ stay, source }: Pick<Statement, 'stay' | 'source'>): IncomingDocument['stay'] {
    if (!stay) return null;
    const authority = stay.authority ? this.ght.domainOfAuthority(stay.authority) : undefined;
    return { authority: authority?.name ?? this.domainAuthority(source).name, number: stay.number };
  }

  /** Local identifier of XDS sourcePatientId. */
  local(source: Source, patient: DeclaredPatient): { value: string; authorityOid: string } | null {
    const [first] = patient.identifiers;
    return first ? { value: first.value, authorityOid: this.domainAuthority(source).oid } : null;
  }

  private domainAuthority(source: Source): { readonly name: string; readonly oid: string } {
    const domain = this.ght.domain(source.domain);
    if (!domain) throw new Error(`source ${source.key} names a domain outside the file`);
    return domain.authority;
  }

  /** Identifiers under their canonical authority; one of another identity domain refuses the message. */
  private identifiers({
    patient,
    source,
    places,
  }: Pick<Statement, 'patient' | 'places' | 'source'>): LocalIdentifier[] {
    return patient.identifiers.flatMap((identifier) => {
      const authority = this.ght.domainOfAuthority(identifier.authority);
      if (!authority) return [];
      if (authority.domain !== source.domain)
        throw new MessageRefused(
          '207',
          'SOURCE_NOT_ALLOWED',
          'L’identifiant du patient appartient à un autre domaine d’identité que celui de l’émetteur.',
          places.identifiers,
        );
      return [{ authority: authority.name, value: identifier.value, type: identifier.type }];
    });
  }
}
