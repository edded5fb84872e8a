import type { Unit } from './ght.schema.js';

const covers = (unit: Unit, day: string): boolean => (unit.from ?? '') <= day && day <= (unit.to ?? '9999-12-31');

/** Do two periods of validity share a day? */
export function overlaps(one: Unit, other: Unit): boolean {
  return (one.from ?? '') <= (other.to ?? '9999-12-31') && (other.from ?? '') <= (one.to ?? '9999-12-31');
}

export class UnitIndex {
  readonly #byCode: ReadonlyMap<string, readonly Unit[]>;
  readonly #legalEntityOf: (establishment: string) => string | undefined;

  constructor(units: readonly Unit[], legalEntityOf: (establishment: string) => string | undefined) {
    this.#byCode = Map.groupBy(units, (unit) => unit.code);
    this.#legalEntityOf = legalEntityOf;
  }

  /** Two legal entities may use the same code: without them, only an unambiguous unit is given. */
  find(code: string, day: string, legalEntities?: readonly string[]): Unit | undefined {
    const found = (this.#byCode.get(code) ?? []).filter(
      (unit) =>
        covers(unit, day) && (!legalEntities || legalEntities.includes(this.#legalEntityOf(unit.establishment) ?? '')),
    );
    return found.length === 1 ? found[0] : undefined;
  }
}
