import type { Professional } from './professionals.js';

const structure = 'https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition';
const emailType = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type';
const messagingTypes = 'https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie';
const rppsSystem = 'https://rpps.esante.gouv.fr';
/** idNatPs: the RPPS after an 8. */
const nationalSystem = 'urn:oid:1.2.250.1.71.4.2.1';

/** Resources of the guide « Annuaire Santé » of the ANS (FHIR R4), as far as mailboxes are concerned. */
export function practitioner(professional: Professional): object {
  return {
    resourceType: 'Practitioner',
    id: `003-${professional.rpps}`,
    meta: { profile: [`${structure}/as-dp-practitioner`] },
    identifier: [
      { use: 'official', system: nationalSystem, value: `8${professional.rpps}` },
      { use: 'official', system: rppsSystem, value: professional.rpps },
    ],
    active: true,
    ...telecom(professional),
  };
}

export function practitionerRole(professional: Professional): object {
  return {
    resourceType: 'PractitionerRole',
    id: `005-${professional.rpps}`,
    meta: { profile: [`${structure}/as-dp-practitionerrole`] },
    active: true,
    practitioner: { reference: `Practitioner/003-${professional.rpps}` },
    ...telecom(professional),
  };
}

/** FHIR has no empty arrays: without mailbox, no telecom. */
function telecom({ addresses }: Professional): object {
  if (addresses.length === 0) return {};
  return {
    telecom: addresses.map((value) => ({
      extension: [
        { url: emailType, valueCoding: { system: messagingTypes, code: 'MSSANTE' } },
        {
          url: `${structure}/as-ext-mailbox-mss-metadata`,
          extension: [{ url: 'type', valueCodeableConcept: { coding: [{ code: 'PER' }] } }],
        },
      ],
      system: 'email',
      value,
    })),
  };
}

export function searchset(base: string, self: string, resources: readonly object[]): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    link: [{ relation: 'self', url: self }],
    entry: resources.map((resource) => {
      const { resourceType, id } = resource as { readonly resourceType: string; readonly id: string };
      return { fullUrl: `${base}/${resourceType}/${id}`, resource, search: { mode: 'match' } };
    }),
  };
}

export function operationOutcome(code: string, diagnostics: string): object {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] };
}

/** The RPPS of a token (`system|value` or `value`), of either identifier; undefined for any other. */
export function rppsOf(token: string): string | undefined {
  const bar = token.indexOf('|');
  const [system, value] = bar < 0 ? [undefined, token] : [token.slice(0, bar), token.slice(bar + 1)];
  if (system === nationalSystem) return /^8(\d{11})$/.exec(value)?.[1];
  if (system !== undefined && system !== rppsSystem) return undefined;
  return /^\d{11}$/.test(value) ? value : /^8(\d{11})$/.exec(value)?.[1];
}
