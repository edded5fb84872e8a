import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Candidate {
  readonly name: string;
  readonly pid: number | undefined;
}

/** Which of these processes holds the local end of a TCP connection (Linux). */
export function holderOfPort(port: number, candidates: readonly Candidate[]): string | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((family) => inodesOf(port, family)));
  return candidates.find(({ pid }) => pid !== undefined && sockets(pid).some((inode) => inodes.has(inode)))?.name;
}

function inodesOf(port: number, family: string): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(`/proc/net/${family}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap((fields) => (fields[1]?.endsWith(wanted) && fields[9] ? [fields[9]] : []));
}

function sockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkOf(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    });
  } catch {
    return [];
  }
}

function readlinkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
