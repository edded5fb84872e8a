import { defaultDefinitions, type IndicatorCode, type IndicatorDefinition } from './definition.js';
import type { MeasurementWindow } from './windows.js';

type Loose<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** What a group may say about all indicators. */
export type CommonSettings = Loose<
  Pick<
    IndicatorDefinition,
    | 'stayClasses'
    | 'seanceClasses'
    | 'seances'
    | 'excludeDeceased'
    | 'excludeNewbornDays'
    | 'closedDmpCodes'
    | 'unusableAddressCodes'
    | 'attribution'
    | 'lateFeedCutoffDays'
  >
>;

/** What it may say about one. */
export type OwnSettings = CommonSettings &
  Loose<Pick<IndicatorDefinition, 'denominator' | 'netExclusions'>> & {
    readonly documentTypes?: readonly string[] | undefined;
    readonly countFrom?: 'sent' | 'delivered' | undefined;
  };

export interface IndicatorSettings extends CommonSettings {
  readonly byIndicator: Readonly<Partial<Record<IndicatorCode, OwnSettings | undefined>>>;
  readonly windows: readonly MeasurementWindow[];
  /** Percent, where no window gives a target. */
  readonly targets: Readonly<Partial<Record<IndicatorCode, number | undefined>>>;
}

/** The definitions in force: defaults, changed for all, then for one. */
export function definitionsOf({
  byIndicator,
  windows: _w,
  targets: _t,
  ...common
}: IndicatorSettings): readonly IndicatorDefinition[] {
  return defaultDefinitions.map((definition) => {
    const { documentTypes, countFrom, ...own } = byIndicator[definition.code] ?? {};
    const { feeding } = definition;
    return {
      ...definition,
      ...said(common),
      ...said(own),
      feeding:
        feeding.channel === 'dmp'
          ? { ...feeding, ...(documentTypes ? { documentTypes } : {}) }
          : { ...feeding, ...(countFrom ? { countFrom } : {}) },
    };
  });
}

const said = <T extends object>(settings: T) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
