import { INS_OID, insKey } from '@pfi/health';
import { newPatient, type SyntheticPatient } from '../../demo/player/index.js';
import { SeededRandom } from '../../faults/random.js';

/** What a canary stands for. */
export type CanaryKind = 'name' | 'matricule' | 'address' | 'phone' | 'clinical text' | 'local identifier';

/** A text that stands in every canary of its kind, and nowhere else in the world. */
export interface Marker {
  readonly kind: CanaryKind;
  readonly text: string;
}

/** A person of this run, all of whose words can be told from those of any other run. */
export interface CanaryPatient extends SyntheticPatient {
  readonly address: string;
  readonly phone: string;
  /** Clinical words, ASCII, always of the same length. */
  readonly note: string;
}

const LETTERS = [...'BCDFGHJKLMNPQRTVWXZ'];
const TEXT_KINDS = ['name', 'address', 'clinical text', 'local identifier'] as const;
const TEXT_LENGTH = 10;
const SERIAL_LENGTH = 4;

/** Patients whose names, numbers and words are searched for afterwards where none of them may be. */
export class Canaries {
  readonly markers: readonly Marker[];
  readonly #random: SeededRandom;
  readonly #texts: Readonly<Record<(typeof TEXT_KINDS)[number], string>>;
  readonly #birth: { readonly year: number; readonly month: number };
  readonly #order: string;
  readonly #phone: string;
  #serial = 0;

  /** The same seed gives the same canaries. */
  constructor(seed: number) {
    const random = new SeededRandom(seed);
    const letters = () => Array.from({ length: TEXT_LENGTH }, () => random.pick(LETTERS)).join('');
    const [name, address, note, local] = [letters(), letters(), letters(), letters()];
    this.#random = random;
    this.#texts = { name, address, 'clinical text': note, 'local identifier': local };
    this.#birth = { year: random.between(1931, 1999), month: random.between(1, 12) };
    this.#order = padded(random.between(100, 999), 3);
    this.#phone = `0199${padded(random.between(0, 99_999), 5)}`;
    this.markers = [
      ...TEXT_KINDS.map((kind) => ({ kind, text: this.#texts[kind] })),
      { kind: 'matricule', text: `${this.#born()}99${this.#order}` },
      { kind: 'phone', text: this.#phone },
    ];
  }

  /** Someone new. At most 2,000 in one run: the matricules differ in three digits and the sex. */
  patient(authority: SyntheticPatient['authority']): CanaryPatient {
    this.#serial += 1;
    const someone = newPatient(authority);
    const serial = this.#letters(this.#serial);
    const { year, month } = this.#birth;
    const sex = this.#serial % 2 === 0 ? 'F' : 'M';
    const nir13 = `${sex === 'M' ? 1 : 2}${this.#born()}99${this.#order}${padded(Math.floor(this.#serial / 2) % 1_000, 3)}`;
    return {
      ...someone,
      ipp: `P${this.#texts['local identifier']}${serial}`,
      visit: `V${this.#texts['local identifier']}${serial}`,
      ins: { matricule: nir13 + insKey(nir13), oid: INS_OID.nirTest },
      traits: {
        ...someone.traits,
        birthName: `ESSAI-${this.#texts.name}${serial}`,
        sex,
        birthDate: `${year}-${padded(month, 2)}-${padded(this.#random.between(1, 28), 2)}`,
      },
      address: `7 rue ${this.#texts.address}${serial}`,
      phone: `${this.#phone}${this.#serial % 10}`,
      note: `Constat ${this.#texts['clinical text']}${serial}`,
    };
  }

  #born(): string {
    return padded(this.#birth.year % 100, 2) + padded(this.#birth.month, 2);
  }

  #letters(serial: number): string {
    const digits: string[] = [];
    for (let left = serial; digits.length < SERIAL_LENGTH; left = Math.floor(left / LETTERS.length))
      digits.unshift(LETTERS[left % LETTERS.length] as string);
    return digits.join('');
  }
}

const padded = (value: number, width: number): string => String(value).padStart(width, '0');
