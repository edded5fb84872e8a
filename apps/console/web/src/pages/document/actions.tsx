import { useQueryClient } from '@tanstack/react-query';
import { post } from '../../api/client.js';
import { documentSchema, type Document } from '../../api/documents.js';
import { ConfirmAction } from '../../parts/confirm.js';

const ended = new Set(['withdrawn', 'abandoned']);

interface Props {
  readonly document: Pick<Document, 'id' | 'state' | 'deliveries'>;
  /** In a list: the withdrawal stays on the document's own page. */
  readonly brief?: boolean;
}

/** What an operator may do about a document in its present state. */
export function DocumentActions({ document, brief = false }: Props) {
  const queries = useQueryClient();
  const { id, state, deliveries } = document;
  const act = (action: string) => async (reason: string) => {
    await post(`/api/documents/v1/documents/${id}/${action}`, documentSchema, reason ? { reason } : {});
    await queries.invalidateQueries();
  };
  const some = (...states: readonly string[]) => deliveries.some((delivery) => states.includes(delivery.state));
  if (ended.has(state)) return null;
  return (
    <div className="row actions">
      {some('parked') && (
        <ConfirmAction
          label="Rejouer"
          question="Rejouer les envois mis de côté ?"
          consequence="Chaque envoi mis de côté est jugé à nouveau, puis repart si rien ne s’y oppose."
          run={act('replay')}
        />
      )}
      {some('parked', 'held') && (
        <ConfirmAction
          label="Abandonner"
          danger
          withReason
          question="Abandonner les envois restants ?"
          consequence="Les envois en attente ou mis de côté ne partiront pas. Ce qui est déjà remis ne change pas."
          run={act('abandon')}
        />
      )}
      {!brief && (
        <ConfirmAction
          label="Retirer"
          danger
          withReason
          question="Retirer ce document ?"
          consequence="Ce qui n’est pas parti est annulé ; ce qui est déposé est supprimé du DMP, et les destinataires des courriels sont prévenus."
          run={act('withdraw')}
        />
      )}
    </div>
  );
}
