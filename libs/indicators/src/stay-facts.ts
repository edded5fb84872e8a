/** Everything that is known of one stay: what its verdict is drawn from. */
export interface StayFacts {
  readonly stayId: string;
  readonly establishment: string;
  /** PV1-2 */
  readonly patientClass: string;
  readonly state: 'pre-admitted' | 'open' | 'ended' | 'cancelled';
  readonly admittedAt: Date | null;
  readonly endedAt: Date | null;
  readonly endedByDeath: boolean;
  /** The living identity behind the stay, merges followed; null while nothing is known of it. */
  readonly patient: PatientFacts | null;
  /** Every version of every lineage of which one version names this stay. */
  readonly documents: readonly DocumentFacts[];
}

export interface PatientFacts {
  readonly id: string;
  readonly insQualified: boolean;
  readonly fictitious: boolean;
  /** ZFA-9 = IO */
  readonly opposed: boolean;
  /** `YYYY-MM-DD`; null when alive, or when the day is not known. */
  readonly deceasedOn: string | null;
  readonly birthDate: string | null;
}

export interface DocumentFacts {
  readonly documentId: string;
  readonly lineageId: string;
  readonly version: number;
  readonly typeCode: string;
  /** The stay that this version names; null = none that is known. */
  readonly stayId: string | null;
  readonly receivedAt: Date;
  readonly deliveries: readonly DeliveryFacts[];
}

export interface DeliveryFacts {
  readonly channel: 'dmp' | 'mss-pro' | 'mss-patient';
  readonly operation: 'send' | 'replace' | 'withdraw';
  readonly request: { readonly state: 'requested' | 'held' | 'cancelled'; readonly reasons: readonly string[] } | null;
  readonly outcome: Outcome | null;
}

/** The last thing that a gateway said of a delivery. */
export interface Outcome {
  readonly kind: 'accepted' | 'withdrawn' | 'sent' | 'delivered' | 'read' | 'refused' | 'bounced' | 'parked';
  readonly at: Date;
  readonly code: string | null;
  /** RFC 3463, of a mail. */
  readonly status: string | null;
}
