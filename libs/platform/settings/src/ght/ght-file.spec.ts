import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changed, refusal, SMALL, withoutLines } from '../../test/small-ght-file.js';
import { loadGhtFile, parseGhtFile } from './ght-file.js';

describe('the GHT file', () => {
  it('is accepted with defaults for everything it leaves out', () => {
    const file = parseGhtFile(SMALL, { env: {} });
    expect(file.sources[0]).toMatchObject({
      separators: 'strict',
      processingIds: ['P'],
      completeIns: 'refuse',
      mayVouch: false,
      swapErrorCodes: false,
      restClients: [],
      clientCertificates: [],
    });
    expect(file.identityDomains[0]).toMatchObject({ identityAuthority: 'source', aliases: [] });
    expect(file.legalEntities[0]?.activitySector).toBe('SA01');
    expect(file.dmp).toEqual({
      vihfVersion: '3.0',
      depositWhenConsentUnknown: true,
      software: { name: 'PFI', version: '0.1' },
      concurrency: { perOwner: 32, total: 256 },
      refusalCodes: ['DMPClosed', 'XDSUnknownPatientId'],
      deletion: 'direct',
      maxErrorAttempts: 5,
      reconcileChecks: 3,
    });
    expect(file.channels).toEqual({ dmp: true, mssPro: true, mssPatient: true });
    expect(file.certificateAlertDays).toEqual([60, 30, 7, 1]);
  });

  it('gives every delay and limit of the reliability contract its default, in milliseconds', () => {
    const { delays, circuitBreaker } = parseGhtFile(SMALL, { env: {} });
    const second = 1_000;
    const minute = 60 * second;
    const hour = 60 * minute;
    expect(delays).toEqual({
      identityWait: 10 * minute,
      sequenceWait: 10 * minute,
      mssProWithoutIns: 24 * hour,
      ledger: { every: minute, transit: 5 * minute },
      retry: { base: 2 * second, cap: 15 * minute },
      dmp: {
        connectTimeout: 5 * second,
        totalTimeout: 60 * second,
        giveUp: 72 * hour,
        reconcileOver: 10 * minute,
      },
      insi: { connectTimeout: 5 * second, totalTimeout: 15 * second, giveUp: 72 * hour },
      smtp: {
        connectTimeout: 10 * second,
        commandTimeout: 5 * minute,
        finalDotTimeout: 10 * minute,
        firstRetry: 60 * second,
        alertAfter: hour,
        giveUp: 96 * hour,
        resendUnknownAfter: 15 * minute,
      },
      zam: { connectTimeout: 5 * second, answerTimeout: 30 * second, giveUp: 72 * hour },
      clock: { warnOffset: 500, refuseOffset: 2 * second },
    });
    expect(circuitBreaker).toEqual({ failureRate: 0.5, window: 20, consecutive: 10, probeEvery: 30 * second });
  });

  it('carries the routing matrix of the CI-SIS guide, taken in tolerant mode', () => {
    const { routing } = parseGhtFile(SMALL, { env: {} });
    expect(routing.mode).toBe('tolerant');
    const flags = routing.matrix.map((row) =>
      [
        row.masquePs,
        row.invisiblePatient,
        row.invisibleRepLegaux,
        row.connexionSecrete,
        row.modifConfCode,
        row.destDmp,
        row.destMssPs,
        row.destMssPat,
      ].join(''),
    );
    expect(flags).toEqual(['NNN***YY', 'NYN***YN', '*N*N*NNY']);
    expect(routing.matrix.map((row) => row.audience)).toEqual([
      ['professional', 'patient'],
      ['professional'],
      ['patient'],
    ]);
  });

  it.each(['hold', 'send'])('lets professional mail without INS be %s', (choice) => {
    expect(parseGhtFile(changed([['delays'], { mssProWithoutIns: choice }])).delays.mssProWithoutIns).toBe(choice);
  });
});

describe('a wrong GHT file', () => {
  it('tells every error of its shape at once, each with line and path', () => {
    const text = SMALL.replace("finess: '990000101'\n    name: EJ A", 'finess: 990000101\n    name: ""')
      .replace('oid: 2.999.1\n', 'oid: 2.999.x\n')
      .replace('key: gam', 'key: gam\n    colour: blue')
      .concat('delays: { retry: { base: 2s, cop: PT1S } }\n');
    expect(refusal(text)).toEqual([
      'ligne 9 : identityDomains[0].authority.oid : OID attendu, par exemple 1.2.250.1.213.1.4.8',
      'ligne 16 : legalEntities[0].finess : texte attendu : mettez la valeur entre guillemets',
      'ligne 17 : legalEntities[0].name : texte vide',
      'ligne 34 : sources[0].colour : clé inconnue',
      'ligne 45 : delays.retry.base : durée ISO 8601 attendue, par exemple PT30S',
      'ligne 45 : delays.retry.cop : clé inconnue',
    ]);
  });

  it.each<[string, [(string | number)[], unknown], string]>([
    ['a version of the future', [['version'], 2], 'version : version 1 attendue'],
    ['no domain', [['identityDomains'], []], 'identityDomains : au moins un domaine d’identité attendu'],
    ['a scalar for a list', [['sources'], 'gam'], 'sources : attendu : une liste'],
    [
      'a FINESS of 8 characters',
      [['legalEntities', 0, 'finess'], '99000010'],
      'legalEntities[0].finess : numéro FINESS attendu (9 caractères)',
    ],
    [
      'a key with spaces',
      [['sources', 0, 'key'], 'ma source'],
      'sources[0].key : clé attendue : lettres sans accent, chiffres et tirets, 63 caractères au plus',
    ],
    [
      'an unknown message type',
      [['sources', 0, 'messages', 0], 'SIU'],
      'sources[0].messages[0] : ADT, MDM, ORU ou REST attendu',
    ],
    [
      'a port out of range',
      [['sources', 0, 'returnAddress'], { host: 'h', port: 70000 }],
      'sources[0].returnAddress.port : numéro de port attendu, de 1 à 65535',
    ],
    [
      'a day that is none',
      [['units', 0, 'from'], '2026-02-31'],
      'units[0].from : jour attendu sous la forme AAAA-MM-JJ, entre guillemets',
    ],
    [
      'an unknown role',
      [['people', 0, 'roles', 0], 'root'],
      'people[0].roles[0] : rôle attendu : reader, operator, identity-vigilance, gateway, admin',
    ],
    [
      'an empty alias',
      [['identityDomains', 0, 'aliases'], [{}]],
      'identityDomains[0].aliases[0] : indiquez name, oid ou universalId',
    ],
    [
      'a fingerprint that is none',
      [['sources', 0, 'clientCertificates'], ['AB']],
      'sources[0].clientCertificates[0] : empreinte SHA-256 attendue (AA:BB:…)',
    ],
    [
      'too many exchanges at once',
      [['dmp'], { concurrency: { perOwner: 65 } }],
      'dmp.concurrency.perOwner : au plus 64 attendu',
    ],
    ['a routing flag that is none', [['routing'], { mode: 'loose' }], 'routing.mode : strict ou tolerant attendu'],
  ])('is refused for %s', (_, change, problem) => {
    expect(withoutLines(refusal(changed(change)))).toEqual([problem]);
  });

  it('is refused as a whole when it is not YAML, with the line', () => {
    expect(refusal('version: 1\nght: [\n')[0]).toMatch(/^ligne [23] : YAML illisible/);
    expect(refusal('version: 1\nversion: 1\n')[0]).toMatch(/^ligne 2 : YAML illisible/);
  });

  it('is refused when it is empty or absent, naming the variable that points at it', () => {
    expect(refusal('')).toEqual(['attendu : un groupe de clés']);
    expect(() => loadGhtFile('/nowhere/ght.yaml', {})).toThrow(/PFI_GHT_FILE/);
  });
});

describe('placeholders of the GHT file', () => {
  const text = (host: string, port: string) =>
    SMALL.replace(
      '    messages: [ADT]',
      `    messages: [ADT]\n    returnAddress:\n      host: ${host}\n      port: ${port}`,
    );

  it('take a variable, or their default', () => {
    const file = parseGhtFile(text('zam.${PFI_SITE:-local}.example', '${PFI_ZAM_PORT:-8126}'), {
      env: { PFI_ZAM_PORT: '9000' },
    });
    expect(file.sources[0]?.returnAddress).toEqual({ host: 'zam.local.example', port: 9000, tls: false });
  });

  it('refuse the file when the variable is absent and has no default', () => {
    expect(refusal(text('${PFI_ZAM_HOST}', '1'))).toEqual([
      'ligne 41 : la variable PFI_ZAM_HOST est absente : donnez-la, ou écrivez ${PFI_ZAM_HOST:-valeur}',
    ]);
  });

  it('never read a variable outside the platform’s own', () => {
    const problems = refusal(text('${AWS_SECRET}', '1'), { env: { AWS_SECRET: 'value' } });
    expect(problems).toEqual(['ligne 41 : la variable AWS_SECRET n’est pas lue : seules les variables PFI_… le sont']);
  });
});

describe('units in a CSV', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfi-units-'));
  const load = (csv: string) => {
    writeFileSync(join(folder, 'units.csv'), csv);
    writeFileSync(join(folder, 'ght.yaml'), `${SMALL}unitsFile: units.csv\n`);
    return loadGhtFile(join(folder, 'ght.yaml'), {});
  };
  const head = 'code;establishment;field;surgical;from;to';

  it('are added to those of the file', () => {
    const file = load(`\uFEFF${head}\r\n20;990000218;SSR;oui;2026-01-01;\r\n`);
    expect(file.units.slice(1)).toEqual([
      { code: '20', establishment: '990000218', field: 'SSR', surgical: true, from: '2026-01-01' },
    ]);
  });

  it('are refused with their line and column', () => {
    expect(() => load(`${head}\n20;990000218;XXX;peut-être;;\n`)).toThrow(
      /units\.csv, ligne 2, field : MCO, SSR, PSY ou HAD attendu\n.*units\.csv, ligne 2, surgical : true ou false attendu/,
    );
    expect(() => load('code,establishment\n')).toThrow(/la première ligne de units\.csv/);
    expect(() => parseGhtFile(`${SMALL}unitsFile: nowhere.csv\n`)).toThrow(/nowhere\.csv absent ou illisible/);
  });

  it('obey the same rules as those of the file', () => {
    expect(() => load(`${head}\n10;990000119;MCO;non;;\n`)).toThrow(/l’unité 10 est décrite deux fois/);
  });
});
