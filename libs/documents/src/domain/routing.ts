import type { Channel } from './delivery.js';

/** Steering flags of a message (interop §1.7). `undefined` = the source did not say; rules may fill it (design D3). */
export interface SteeringFlags {
  readonly masquePs?: boolean;
  readonly invisiblePatient?: boolean;
  readonly invisibleRepLegaux?: boolean;
  readonly connexionSecrete?: boolean;
  readonly modifConfCode?: boolean;
  readonly destDmp?: boolean;
  readonly destMssPs?: boolean;
  readonly destMssPat?: boolean;
  readonly ackReception?: boolean;
  readonly ackLecture?: boolean;
}

/** One line of the MSSanté routing matrix (interop §1.8): each flag as `Y`, `N` or `*`. */
export interface RoutingLine {
  readonly masquePs: 'Y' | 'N' | '*';
  readonly invisiblePatient: 'Y' | 'N' | '*';
  readonly invisibleRepLegaux: 'Y' | 'N' | '*';
  readonly connexionSecrete: 'Y' | 'N' | '*';
  readonly modifConfCode: 'Y' | 'N' | '*';
  readonly destDmp: 'Y' | 'N' | '*';
  readonly destMssPs: 'Y' | 'N' | '*';
  readonly destMssPat: 'Y' | 'N' | '*';
}

export interface RoutingRules {
  readonly mode: 'strict' | 'tolerant';
  readonly matrix: readonly RoutingLine[];
}

const columns = [
  'masquePs',
  'invisiblePatient',
  'invisibleRepLegaux',
  'connexionSecrete',
  'modifConfCode',
  'destDmp',
  'destMssPs',
  'destMssPat',
] as const;

/**
 * Whether the combination is allowed. No mail asked for = always; `tolerant` = always, because published examples fall
 * outside the guide's own table (interop §1.8); `strict` = one line of the matrix must fit.
 */
export function routingAllows(flags: SteeringFlags, rules: RoutingRules): boolean {
  if (!flags.destMssPs && !flags.destMssPat) return true;
  if (rules.mode === 'tolerant') return true;
  return rules.matrix.some((line) =>
    columns.every((column) => line[column] === '*' || line[column] === (flags[column] ? 'Y' : 'N')),
  );
}

/** Which channels are asked for: the source's flags, else the channels of the document type. */
export function requestedChannels(flags: SteeringFlags, ofType: readonly Channel[]): ReadonlySet<Channel> {
  const asked = new Set<Channel>();
  const decide = (channel: Channel, flag: boolean | undefined) => {
    if (flag ?? ofType.includes(channel)) asked.add(channel);
  };
  decide('dmp', flags.destDmp);
  decide('mss-pro', flags.destMssPs);
  decide('mss-patient', flags.destMssPat);
  return asked;
}
