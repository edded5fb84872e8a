export { DeliveryRequestsConsumer } from './delivery-requests.consumer.js';
export {
  DeliveryRequests,
  type CancelledEvent,
  type DeliveryJob,
  type RequestedDelivery,
  type RequestedEvent,
} from './delivery-requests.js';
export { GoAheadClient, type GoAhead, type HeldContent } from './go-ahead-client.js';
export { lostRequestsSql, RequestsCheck, type LostRequest, type RequestInFlight } from './requests-check.js';
export { documentEntryOf, submissionSetOf, type FixedIds } from './xds-metadata.js';
export { CLAIM_WITH_CONTENTS, writeClaimWithContents } from './claim-with-contents.js';
