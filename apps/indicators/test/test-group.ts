import { Ght, parseGhtFile } from '@pfi/platform-settings';

export const EJ = '990000101';
export const [EG_A, EG_B] = ['990000119', '990000127'] as const;
export const OTHER_EJ = '990000200';
export const OTHER_EG = '990000218';
export const OWNER = `ej:${EJ}`;
export const DOMAIN = 'dom:nord';
export const AUTHORITY = 'NORD';

const legalEntity = (finess: string, domain: string, establishments: readonly string[]) => ({
  finess,
  name: `EJ ${finess}`,
  domain,
  certificates: { authentication: 'a', signature: 'b' },
  establishments: establishments.map((one) => ({ finess: one, name: `EG ${one}` })),
});

/** Two legal entities in two domains; the first has two establishments. `indicators` as in the GHT file. */
export const testGroup = (indicators: object = {}): Ght =>
  new Ght(
    parseGhtFile(
      JSON.stringify({
        version: 1,
        ght: { name: 'GHT de test' },
        identityDomains: [
          { key: 'nord', label: 'Nord', authority: { name: AUTHORITY, oid: '2.999.1' } },
          { key: 'sud', label: 'Sud', authority: { name: 'SUD', oid: '2.999.2' } },
        ],
        legalEntities: [legalEntity(EJ, 'nord', [EG_A, EG_B]), legalEntity(OTHER_EJ, 'sud', [OTHER_EG])],
        sources: [
          {
            key: 'gam',
            application: 'GAM',
            facility: 'NORD',
            domain: 'nord',
            legalEntities: [EJ],
            defaultEstablishment: EG_A,
            messages: ['ADT'],
          },
        ],
        indicators,
      }),
      { env: {} },
    ),
  );
