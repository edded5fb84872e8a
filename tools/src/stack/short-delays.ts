/** The delays of the example GHT file that would make a demonstration or a journey long. */
export const shortDelays = {
  PFI_DELAY_RETRY_BASE: 'PT0.3S',
  PFI_DELAY_RETRY_CAP: 'PT3S',
  PFI_DELAY_DMP_TOTAL: 'PT10S',
  PFI_DELAY_DMP_RECONCILE: 'PT1S',
  PFI_DELAY_CIRCUIT_PROBE: 'PT1S',
  PFI_DELAY_SMTP_FIRST_RETRY: 'PT0.5S',
  PFI_DELAY_SMTP_RESEND_UNKNOWN: 'PT2S',
  PFI_DELAY_MSS_POLL: 'PT2S',
} as const;
