import { acceptedInsOids, parisDay, type InsEnvironment, type LocalIdentifier } from '@pfi/health';
import { readAdt, type Adt, type PatientIdentifier, type UsedAdt } from '@pfi/hl7v2';
import { weightOf, type MovementEvent } from '@pfi/identity-core';
import { Hl7MessageReader, MessageRefused, type Opened } from '@pfi/platform-intake';
import type { MllpFrame } from '@pfi/platform-mllp';
import { ownerOfDomain, type Ght, type Source } from '@pfi/platform-settings';
import type { IncomingAdt, IncomingMovement } from './incoming-adt.js';

/** ADT frames to what they ask for: every check that needs no database. */
export function adtMessageReader(ght: Ght, environment: InsEnvironment): Hl7MessageReader<IncomingAdt> {
  const admission = new AdtAdmission(ght, environment);
  return new Hl7MessageReader({
    ght,
    ownerOf: (source) => ownerOfDomain(source.domain),
    open: (id, message, source, frame) => admission.open(id, readAdt(message), source, frame),
  });
}

class AdtAdmission {
  readonly #insOids: ReadonlySet<string>;

  constructor(
    private readonly ght: Ght,
    environment: InsEnvironment,
  ) {
    this.#insOids = new Set(acceptedInsOids(environment));
  }

  open(id: string, adt: Adt, source: Source, frame: MllpFrame): Opened<IncomingAdt> {
    const { warnings } = adt;
    return adt.kind === 'unused' ? { warnings } : { warnings, work: this.incoming(id, adt, source, frame) };
  }

  private incoming(messageId: string, adt: UsedAdt, source: Source, frame: MllpFrame): IncomingAdt {
    const { patient } = adt;
    const usableIns = patient.ins && this.#insOids.has(patient.ins.oid) ? patient.ins : null;
    const identifiers = this.identifiers(patient.identifiers, source, 'PID^1^3');
    if (identifiers.length === 0 && !usableIns)
      throw new MessageRefused(
        '207',
        'SOURCE_NOT_ALLOWED',
        'Aucun identifiant de PID-3 ne vient d’une autorité connue : déclarer l’autorité dans le fichier du GHT.',
        'PID^1^3',
      );
    const opposition = adt.zfa?.opposition;
    return {
      cause: {
        event: adt.event,
        source: source.key,
        messageId,
        at: frame.receivedAt,
        traceparent: frame.traceparent,
      },
      source,
      statement: {
        identifiers,
        ins: usableIns,
        traits: patient.traits,
        pid32: patient.pid32,
        ...(opposition ? { opposition } : {}),
        deceasedOn: patient.deceasedOn,
      },
      weight: weightOf(adt.event, patient.pid32),
      insIgnored: patient.insProblem !== undefined || (patient.ins !== undefined && !usableIns),
      retired: adt.kind === 'merge' ? this.retired(adt, source) : [],
      movement: adt.kind === 'movement' ? this.movement(adt, source, frame.receivedAt) : null,
    };
  }

  /** Identifiers under their canonical authority; one of another identity domain refuses the message (B-16). */
  private identifiers(stated: readonly PatientIdentifier[], source: Source, location: string): LocalIdentifier[] {
    return stated.flatMap(({ authority: reference, value, type }) => {
      const authority = this.ght.domainOfAuthority(reference);
      if (!authority) return [];
      if (authority.domain !== source.domain)
        throw new MessageRefused(
          '207',
          'SOURCE_NOT_ALLOWED',
          'L’identifiant du patient appartient à un autre domaine d’identité que celui de l’émetteur.',
          location,
        );
      return [{ authority: authority.name, value, type }];
    });
  }

  private retired(adt: UsedAdt, source: Source): LocalIdentifier[] {
    const retired = this.identifiers(adt.mrg?.identifiers ?? [], source, 'MRG^1^1');
    if (retired.length === 0)
      throw new MessageRefused(
        '101',
        'REQUIRED_FIELD',
        'MRG-1 ne porte aucun identifiant local d’une autorité connue : impossible de savoir quelle identité disparaît.',
        'MRG^1^1',
      );
    return retired;
  }

  private movement(adt: UsedAdt, source: Source, receivedAt: Date): IncomingMovement | null {
    const { visit, movement } = adt;
    // An A08 outside a stay only speaks of the patient.
    const outside = !visit || visit.patientClass === 'N';
    const stay = this.stayKey(adt, source);
    if (!stay && (outside || adt.event === 'A08')) return null;
    const at = movement?.at;
    return {
      stay,
      change: {
        event: adt.event as MovementEvent,
        historic: movement?.historic ?? false,
        at,
        occurredAt: adt.occurredAt,
        admittedAt: visit?.admittedAt,
        endedAt: visit?.endedAt,
        byDeath: this.byDeath(adt),
        patientClass: visit?.patientClass ?? '',
      },
      unit: movement?.medicalUnit?.code || visit?.unit || null,
      day: parisDay(at ?? visit?.admittedAt ?? receivedAt),
    };
  }

  /** The discharge's own codes first; else the day of death, when the message ends the stay on it or later. */
  private byDeath({ event, visit, zfm, patient, movement, occurredAt }: UsedAdt): boolean | undefined {
    const { dischargeDispositions, pmsiExitModes } = this.ght.file.deaths;
    const disposition = visit?.dischargeDisposition;
    if (disposition && dischargeDispositions.includes(disposition)) return true;
    if (zfm?.exit && pmsiExitModes.includes(zfm.exit)) return true;
    const end = visit?.endedAt ?? movement?.at ?? occurredAt;
    const { deceasedOn } = patient;
    if (event === 'A03' && deceasedOn && end && deceasedOn <= parisDay(end)) {
      return !visit?.admittedAt || deceasedOn >= parisDay(visit.admittedAt);
    }
    return disposition || zfm?.exit ? false : undefined;
  }

  private stayKey({ visit, patient }: UsedAdt, source: Source): IncomingMovement['stay'] {
    const number = visit?.number ?? patient.accountNumber?.value;
    if (!number) return null;
    const reference = visit?.number ? visit.authority : patient.accountNumber?.authority;
    const authority = reference ? this.ght.domainOfAuthority(reference) : undefined;
    return { authority: authority?.name ?? this.ght.domain(source.domain)?.authority.name ?? '', value: number };
  }
}
