import { readFileSync } from 'node:fs';

/** The most memory that a process ever had (VmHWM), MB; undefined where the system does not tell. */
export function peakMb(pid: number): number | undefined {
  try {
    const told = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return told === undefined ? undefined : Math.round(Number(told) / 1024);
  } catch {
    return undefined;
  }
}
