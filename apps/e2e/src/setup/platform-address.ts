import type { Ports } from '@pfi/tools';

/** What the journeys are told of the platform that runs for them. */
export interface PlatformAddress {
  readonly ports: Ports;
  readonly ghtFile: string;
  /** Where to ask for the death of a service, or for the spans that came. */
  readonly controlUrl: string;
}

export const ADDRESS_VARIABLE = 'PFI_E2E_PLATFORM';
