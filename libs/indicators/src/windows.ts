import { covers, type Period } from './period.js';
import type { IndicatorCode } from './definition.js';

/** A measurement window of a funding programme, with its targets in percent. */
export interface MeasurementWindow extends Period {
  readonly id: string;
  readonly targets: Readonly<Partial<Record<IndicatorCode, number>>>;
}

/**
 * SUN-ES: windows and targets of the programme. F1 was extended to the end of September 2022; the first days of F1 and F2
 * are read from "first semester" and "second semester".
 */
export const sunEsWindows: readonly MeasurementWindow[] = [
  { id: 'F1', from: '2022-01-01', to: '2022-09-30', targets: { 'DS1.1': 49, 'DS1.2': 40 } },
  { id: 'F2', from: '2022-07-01', to: '2022-12-31', targets: { 'DS1.1': 59, 'DS1.2': 48, 'DS4.2': 42 } },
  { id: 'F3', from: '2023-01-01', to: '2023-06-30', targets: { 'DS1.1': 64, 'DS1.2': 59, 'DS4.2': 49 } },
  { id: 'F4', from: '2023-07-01', to: '2023-12-31', targets: { 'DS1.1': 69, 'DS1.2': 63, 'DS4.2': 56 } },
];

/** Windows by id: those of a group take the place of the national ones of the same id, or stand beside them. */
export function withWindows(own: readonly MeasurementWindow[]): readonly MeasurementWindow[] {
  const windows = new Map([...sunEsWindows, ...own].map((window) => [window.id, window]));
  return [...windows.values()];
}

/** The target of a period: that of the last window that holds it whole, else the group's own, else none. */
export function targetOf(
  code: IndicatorCode,
  period: Period,
  { windows, targets }: { windows: readonly MeasurementWindow[]; targets: Readonly<Partial<Record<string, number>>> },
): number | null {
  const window = windows.findLast((one) => covers(one, period));
  return window?.targets[code] ?? targets[code] ?? null;
}
