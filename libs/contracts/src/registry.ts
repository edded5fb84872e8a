import { deliveryCancelledV1 } from './documents/delivery-cancelled.v1.js';
import { deliveryHeldV1 } from './documents/delivery-held.v1.js';
import { deliveryRequestedV1 } from './documents/delivery-requested.v1.js';
import { documentRecordedV1 } from './documents/document-recorded.v1.js';
import { identityVouchedV1 } from './documents/identity-vouched.v1.js';
import { documentWithdrawnV1 } from './documents/document-withdrawn.v1.js';
import {
  depositAcceptedV1,
  depositParkedV1,
  depositRefusedV1,
  withdrawalAcceptedV1,
} from './dmp/deposit-outcomes.v1.js';
import type { EventContract } from './event-contract.js';
import { patientChangedV1 } from './identity/patient-changed.v1.js';
import { patientsMergedV1 } from './identity/patients-merged.v1.js';
import { stayChangedV1 } from './identity/stay-changed.v1.js';
import {
  messageBouncedV1,
  messageDeliveredV1,
  messageParkedV1,
  messageReadV1,
  messageRefusedV1,
  messageSentV1,
} from './mss/message-outcomes.v1.js';

/** Every event version that any service publishes today. */
export const eventContracts: readonly EventContract[] = [
  patientChangedV1,
  patientsMergedV1,
  stayChangedV1,
  documentRecordedV1,
  documentWithdrawnV1,
  identityVouchedV1,
  deliveryRequestedV1,
  deliveryHeldV1,
  deliveryCancelledV1,
  depositAcceptedV1,
  depositRefusedV1,
  depositParkedV1,
  withdrawalAcceptedV1,
  messageSentV1,
  messageDeliveredV1,
  messageRefusedV1,
  messageBouncedV1,
  messageReadV1,
  messageParkedV1,
];

export const contractOf: (type: string) => EventContract | undefined = (
  (byType) => (type: string) =>
    byType.get(type)
)(new Map(eventContracts.map((contract) => [contract.type, contract])));
