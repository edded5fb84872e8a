export const indicatorCodes = ['DS1.1', 'DS1.2', 'DS4.2'] as const;
export type IndicatorCode = (typeof indicatorCodes)[number];

export const views = ['gross', 'net'] as const;
export type View = (typeof views)[number];

/** Why a stay could not legally or technically be fed: what the net view takes out. */
export const netExclusions = ['NO_QUALIFIED_INS', 'DMP_OPPOSED', 'DMP_CLOSED', 'NO_PATIENT_ADDRESS'] as const;
export type NetExclusion = (typeof netExclusions)[number];

/** What makes a stay count as served. */
export type Feeding =
  | {
      /** A document of one of these types (CDA R2, N1 or more) that the DMP accepted and still shows. */
      readonly channel: 'dmp';
      readonly documentTypes: readonly string[];
    }
  | {
      /** A message to the patient, whatever it carries. */
      readonly channel: 'mss-patient';
      /** `sent`: taken by the operator and not bounced since. `delivered`: a delivery or read notice came. */
      readonly countFrom: 'sent' | 'delivered';
    };

/** How one indicator is counted: plain data, so that it can be published, versioned and hashed. */
export interface IndicatorDefinition {
  readonly code: IndicatorCode;
  /** Of the rules of this library; the hash tells two configurations of one version apart. */
  readonly version: string;
  readonly label: string;
  /** What is expected of a stay, in French, as an operator says it. */
  readonly expected: string;
  readonly feeding: Feeding;
  /** `STAYS_WITH_DOC`: only stays for which a document of the types was handed over. */
  readonly denominator: 'ALL_STAYS' | 'STAYS_WITH_DOC';
  /** PV1-2 classes that are stays. */
  readonly stayClasses: readonly string[];
  /** PV1-2 classes, among them, that are repeated sessions (dialysis, chemotherapy…), and how these count. */
  readonly seanceClasses: readonly string[];
  readonly seances: 'COUNT_EACH' | 'GROUP_PER_MONTH' | 'EXCLUDE';
  readonly excludeDeceased: boolean;
  /** Stays that end before the patient is this many days old do not count; 0 = they all do. */
  readonly excludeNewbornDays: number;
  readonly netExclusions: readonly NetExclusion[];
  /** Answers of the DMP that mean "closed or absent". */
  readonly closedDmpCodes: readonly string[];
  /** RFC 3463 statuses or outcome codes that mean "no usable mailbox". */
  readonly unusableAddressCodes: readonly string[];
  /** The day that places a stay in a period: its end, or the day it was first fed. */
  readonly attribution: 'DISCHARGE_DATE' | 'FEED_DATE';
  /** A feed later than this many days after the end does not count; null = no limit. */
  readonly lateFeedCutoffDays: number | null;
}

const common = {
  version: '2026.1',
  denominator: 'ALL_STAYS',
  stayClasses: ['I', 'R'],
  seanceClasses: ['R'],
  seances: 'GROUP_PER_MONTH',
  excludeDeceased: true,
  excludeNewbornDays: 0,
  closedDmpCodes: ['DMPClosed', 'XDSUnknownPatientId'],
  unusableAddressCodes: ['5.1.1', '5.1.10', '5.2.1', 'ADDRESS_UNKNOWN'],
  attribution: 'DISCHARGE_DATE',
  lateFeedCutoffDays: null,
} as const;

const notFeedable = ['NO_QUALIFIED_INS', 'DMP_OPPOSED', 'DMP_CLOSED'] as const;

/** Working definitions of the SUN-ES indicators: the official ones were not published; a group may change each value. */
export const defaultDefinitions: readonly IndicatorDefinition[] = [
  {
    ...common,
    code: 'DS1.1',
    label: 'Alimentation du DMP avec la lettre de liaison',
    expected: 'lettre de liaison au DMP',
    feeding: { channel: 'dmp', documentTypes: ['11490-0', '34112-3'] },
    netExclusions: notFeedable,
  },
  {
    ...common,
    code: 'DS1.2',
    label: 'Alimentation du DMP avec l’ordonnance de sortie',
    expected: 'ordonnance de sortie au DMP',
    feeding: {
      channel: 'dmp',
      documentTypes: [
        '57833-6',
        '57828-6',
        '57832-8',
        'PRESC-BIO',
        'PRESC-KINE',
        'PRESC-INF',
        'PRESC-PEDI',
        'PRESC-ORTHOPHO',
        'PRESC-ORTHOPTIE',
        '55115-0',
      ],
    },
    netExclusions: notFeedable,
  },
  {
    ...common,
    code: 'DS4.2',
    label: 'Messages envoyés aux patients par MSSanté citoyenne',
    expected: 'message au patient',
    feeding: { channel: 'mss-patient', countFrom: 'sent' },
    netExclusions: ['NO_QUALIFIED_INS', 'DMP_CLOSED', 'NO_PATIENT_ADDRESS'],
  },
];
