import type { Message } from './message.repository.js';

export type Row = Record<string, unknown>;

export const toMessage = (row: Row): Message =>
  ({
    deliveryId: row['delivery_id'],
    owner: row['owner'],
    establishment: row['establishment'],
    documentId: row['document_id'],
    lineageId: row['lineage_id'],
    channel: row['channel'],
    request: row['request'],
    operation: row['operation'],
    state: row['state'],
    inDoubt: row['in_doubt'],
    attempts: row['attempts'],
    lostAnswers: row['lost_answers'],
    submissionSetId: row['submission_set_id'],
    submissionUuid: row['submission_uuid'],
    entryUuid: row['entry_uuid'],
    messageId: row['message_id'],
    address: row['address'],
    size: row['size'],
    outcomeCode: row['outcome_code'],
    outcomeText: row['outcome_text'],
    status: row['status'],
    sentAt: row['sent_at'],
    settledAt: row['settled_at'],
    readAt: row['read_at'],
    createdAt: row['created_at'],
    updatedAt: row['updated_at'],
  }) as Message;
