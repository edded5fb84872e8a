import { applyMovement, unknownStay, type Patient, type Stay } from '@pfi/identity-core';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { IncomingAdt, IncomingMovement } from '../intake/incoming-adt.js';
import type { StayKey } from '../persistence/stay.repository.js';
import type { WorkingSet } from './working-set.js';

/** Movements to stays: which legal entity and establishment, which stay, and the tasks that a doubt opens (design D4, D6). */
export class StayBook {
  constructor(private readonly ght: Ght) {}

  /** Every key under which the stay of a message may be known: one for each legal entity of its source. */
  keysOf({ source, movement }: IncomingAdt): StayKey[] {
    const stay = movement?.stay;
    if (!stay) return [];
    return source.legalEntities.map((legalEntity) => ({ legalEntity, authority: stay.authority, number: stay.value }));
  }

  apply(set: WorkingSet, message: IncomingAdt, movement: IncomingMovement, patient: Patient): void {
    if (!movement.stay) {
      set.openTask('STAY_NUMBER_MISSING', patient.id, message.cause.messageId ?? '');
      return;
    }
    const known = this.find(set, message, movement);
    if (known.version > 0 && known.patientId !== patient.id) {
      set.openTask('STAY_PATIENT_CONFLICT', patient.id, known.id);
      return;
    }
    const place = this.place(message, movement, known);
    if (movement.unit !== null && !this.unit(message, movement)) set.openTask('UNIT_UNKNOWN', null, movement.unit);
    set.keepStay(applyMovement({ ...known, patientId: patient.id }, { ...movement.change, place }), message.cause);
  }

  /**
   * The stay of the legal entity that the unit tells. Without a known unit, the only stay with this number among the legal
   * entities of the source; else a new one at its default establishment.
   */
  private find(set: WorkingSet, message: IncomingAdt, movement: IncomingMovement): Stay {
    const belonging = this.ght.belongingOf(message.source, movement.unit ?? undefined, movement.day);
    const { legalEntity, establishment } = belonging;
    const keys = this.keysOf(message);
    const known = keys.flatMap((key) => set.stay(key) ?? []);
    const there = known.find((stay) => stay.legalEntity === legalEntity.finess);
    if (there) return there;
    if (!belonging.unit && known[0] && known.length === 1) return known[0];
    return unknownStay({
      id: uuidV7(),
      legalEntity: legalEntity.finess,
      establishment: establishment.finess,
      authority: movement.stay?.authority ?? '',
      number: movement.stay?.value ?? '',
      patientId: '',
    });
  }

  private place(
    message: IncomingAdt,
    movement: IncomingMovement,
    known: Stay,
  ): { unit: string; establishment: string } | undefined {
    if (movement.unit === null) return undefined;
    const unit = this.unit(message, movement);
    return { unit: movement.unit, establishment: unit?.establishment ?? known.establishment };
  }

  private unit({ source }: IncomingAdt, { unit, day }: IncomingMovement) {
    return unit === null ? undefined : this.ght.unitAt(unit, day, source.legalEntities);
  }
}
