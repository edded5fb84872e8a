import { describe, expect, it } from '@jest/globals';
import { changed, refusal, withoutLines } from '../../test/small-ght-file.js';

describe('a GHT file whose parts contradict each other', () => {
  it.each<[string, [(string | number)[], unknown][], string[]]>([
    [
      'a domain described twice',
      [
        [['identityDomains', 1, 'key'], 'a'],
        [['legalEntities', 1, 'domain'], 'a'],
      ],
      ['identityDomains[1].key : le domaine a est décrit deux fois'],
    ],
    [
      'an alias that is another domain’s authority',
      [
        [
          ['identityDomains', 1, 'aliases'],
          [{ oid: '2.999.1' }, { name: 'A' }],
        ],
      ],
      [
        'identityDomains[1] : l’autorité ou l’alias 2.999.1 désigne déjà le domaine a',
        'identityDomains[1] : l’autorité ou l’alias A désigne déjà le domaine a',
      ],
    ],
    ['an unknown domain', [[['legalEntities', 1, 'domain'], 'c']], ['legalEntities[1].domain : domaine c inconnu']],
    [
      'a legal entity described twice',
      [
        [['legalEntities', 1, 'finess'], '990000101'],
        [['sources', 0, 'defaultEstablishment'], '990000218'],
        [['legalEntities', 1, 'domain'], 'a'],
      ],
      ['legalEntities[1].finess : l’entité juridique 990000101 est décrite deux fois'],
    ],
    [
      'an establishment described twice',
      [
        [['legalEntities', 1, 'establishments', 0, 'finess'], '990000119'],
        [['units'], []],
      ],
      ['legalEntities[1].establishments[0].finess : l’établissement 990000119 est décrit deux fois'],
    ],
    [
      'a unit of an unknown establishment',
      [[['units', 0, 'establishment'], '990000999']],
      ['units[0].establishment : établissement 990000999 inconnu (unité 10)'],
    ],
    [
      'a unit described twice for the same days',
      [[['units', 1], { code: '10', establishment: '990000119', field: 'MCO', from: '2026-01-01' }]],
      ['units[1].code : l’unité 10 est décrite deux fois pour les mêmes jours'],
    ],
    [
      'a unit that ends before it starts',
      [
        [['units', 0, 'from'], '2026-02-01'],
        [['units', 0, 'to'], '2026-01-01'],
      ],
      ['units[0].to : la fin précède le début (unité 10)'],
    ],
    [
      'a source described twice',
      [
        [
          ['sources', 1],
          {
            key: 'gam',
            application: 'GAM',
            facility: 'A',
            domain: 'a',
            legalEntities: ['990000101'],
            defaultEstablishment: '990000119',
            messages: ['ADT'],
          },
        ],
      ],
      [
        'sources[1].key : la source gam est décrite deux fois',
        'sources[1].application : la paire MSH-3/MSH-4 GAM/A est déjà celle d’une autre source',
      ],
    ],
    [
      'a source of an unknown domain',
      [[['sources', 0, 'domain'], 'c']],
      [
        'sources[0].domain : domaine c inconnu',
        'sources[0].legalEntities[0] : l’entité juridique 990000101 n’est pas du domaine c',
      ],
    ],
    [
      'a source of an unknown legal entity',
      [[['sources', 0, 'legalEntities', 1], '990000300']],
      ['sources[0].legalEntities[1] : entité juridique 990000300 inconnue'],
    ],
    [
      'a default establishment of another legal entity',
      [[['sources', 0, 'defaultEstablishment'], '990000218']],
      [
        'sources[0].defaultEstablishment : l’établissement 990000218 n’appartient pas aux entités juridiques de la source',
      ],
    ],
    [
      'a REST source without client',
      [[['sources', 0, 'messages'], ['REST']]],
      ['sources[0].restClients : messages: REST et restClients vont ensemble : donnez les deux, ou aucun'],
    ],
    [
      'a REST client of a source without REST',
      [[['sources', 0, 'restClients'], ['c']]],
      ['sources[0].restClients : messages: REST et restClients vont ensemble : donnez les deux, ou aucun'],
    ],
    [
      'a scope outside the file',
      [[['people', 0, 'scopes', 0], 'ej:990000300']],
      ['people[0].scopes[0] : périmètre ej:990000300 inconnu du fichier'],
    ],
    [
      'a person described twice',
      [[['people', 1], { subject: 'agent', roles: ['reader'], scopes: ['ght'] }]],
      ['people[1].subject : la personne agent est décrite deux fois'],
    ],
    [
      'a document type described twice',
      [[['documentTypes'], [{ code: '11490-0' }, { code: '11490-0' }]]],
      ['documentTypes[1].code : le type de document 11490-0 est décrit deux fois'],
    ],
  ])('is refused for %s', (_, changes, problems) => {
    expect(withoutLines(refusal(changed(...changes)))).toEqual(problems);
  });
});
