import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseName } from '@pfi/health';
import type { InsiIdentity, InsiSearch } from '@pfi/insi';
import { AppendLog } from '../state/append-log.js';

/** A published test identity of the INSi integration platform (interop §3.4). */
const published: InsiIdentity = {
  ins: { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' },
  history: [],
  traits: {
    birthName: 'ADRTROIS',
    birthGivenNames: 'DOMINIQUE',
    firstGivenName: 'DOMINIQUE',
    sex: 'F',
    birthDate: '1997-02-26',
    birthPlace: '20020',
  },
};

/** The persons that the national bases know, kept over restarts. */
export class CivilRegistry {
  readonly #log: AppendLog<InsiIdentity>;
  readonly #persons = new Map<string, InsiIdentity>();

  private constructor(log: AppendLog<InsiIdentity>, persons: readonly InsiIdentity[]) {
    this.#log = log;
    for (const person of [published, ...persons]) this.#persons.set(person.ins.matricule, person);
  }

  static async open(folder: string): Promise<CivilRegistry> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { log, records } = await AppendLog.open<InsiIdentity>(join(folder, 'persons.jsonl'));
    return new CivilRegistry(log, records);
  }

  async register(person: InsiIdentity): Promise<void> {
    await this.#log.append(person);
    this.#persons.set(person.ins.matricule, person);
  }

  /** Everyone whose traits fit: each given name that is asked must be one of the person's. */
  find({ birthName, givenNames, sex, birthDate, birthPlace }: InsiSearch): InsiIdentity[] {
    const asked = givenNames.map(normaliseName);
    return [...this.#persons.values()].filter(({ traits }) => {
      const names = new Set([...traits.birthGivenNames.split(' '), traits.firstGivenName ?? ''].map(normaliseName));
      return (
        normaliseName(traits.birthName) === normaliseName(birthName) &&
        asked.every((name) => names.has(name)) &&
        traits.sex === sex &&
        traits.birthDate === birthDate &&
        (birthPlace === undefined || traits.birthPlace === birthPlace)
      );
    });
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
