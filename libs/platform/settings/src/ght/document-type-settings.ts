import { documentTypes, type DocumentType } from '@pfi/health';
import type { GhtFile } from './ght.schema.js';

export type Channel = 'dmp' | 'mss-pro' | 'mss-patient';
export type Audience = 'professional' | 'patient';

/** A document type with what the group decided for it. */
export interface DocumentTypeSettings extends DocumentType {
  /** Channels used when the message says nothing; the flags of a message may only take away. */
  readonly channels: readonly Channel[];
  /** Who may ever receive this type. */
  readonly audience: readonly Audience[];
}

const LOINC = '2.16.840.1.113883.6.1';
const REPORT = { code: '10', system: '1.2.250.1.213.1.1.4.1', label: 'Compte rendu' };

/** The types known by default, changed and completed by the file; keyed by code. */
export function documentTypeSettings(file: GhtFile): ReadonlyMap<string, DocumentTypeSettings> {
  const settings = new Map<string, DocumentTypeSettings>();
  for (const type of documentTypes) settings.set(type.code, withDefaults(type));
  for (const { code, ...changes } of file.documentTypes) {
    const known: DocumentType = settings.get(code) ?? {
      code,
      system: LOINC,
      label: code,
      classCode: REPORT,
      acceptedByDmp: false,
      formatN3: null,
    };
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    settings.set(code, { ...withDefaults({ ...known, ...given }), ...given });
  }
  return settings;
}

/** A type outside the list that the DMP accepts is never proposed to it. */
function withDefaults(type: DocumentType): DocumentTypeSettings {
  return {
    ...type,
    channels: type.acceptedByDmp ? ['dmp', 'mss-pro', 'mss-patient'] : ['mss-pro', 'mss-patient'],
    audience: ['professional', 'patient'],
  };
}
