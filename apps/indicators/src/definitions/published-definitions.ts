import { createHash } from 'node:crypto';
import {
  canonicalJson,
  definitionsOf,
  withWindows,
  type IndicatorCode,
  type IndicatorDefinition,
  type IndicatorSettings,
  type MeasurementWindow,
} from '@pfi/indicators-core';

export interface PublishedDefinition {
  readonly definition: IndicatorDefinition;
  /** sha256 of its canonical JSON. */
  readonly hash: string;
}

/** The definitions in force in this group, each with its hash, and the windows that give targets. */
export class PublishedDefinitions {
  readonly all: readonly PublishedDefinition[];
  readonly windows: readonly MeasurementWindow[];
  readonly targets: IndicatorSettings['targets'];
  /** Of all definitions together. */
  readonly hash: string;

  constructor(settings: IndicatorSettings) {
    this.all = definitionsOf(settings).map((definition) => ({ definition, hash: sha256(canonicalJson(definition)) }));
    this.windows = withWindows(settings.windows);
    this.targets = settings.targets;
    this.hash = sha256(this.all.map(({ hash }) => hash).join());
  }

  of(code: IndicatorCode): PublishedDefinition {
    const found = this.all.find(({ definition }) => definition.code === code);
    if (!found) throw new Error(`no definition of ${code}`);
    return found;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
