import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { rejectSchema } from '../../api/documents.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { PageHead } from '../../parts/page-head.js';
import { ListTable } from '../../parts/table.js';
import { instant } from '../../words/dates.js';

/** Messages that were refused at a door: the sender was told, nothing was kept of them but their bytes. */
export function Rejects() {
  const [params, setParams] = useSearchParams();
  const door = params.get('porte') === 'identity' ? 'identity' : 'documents';
  const [source, controlId] = [params.get('source') ?? '', params.get('controlId') ?? ''];
  const list = useList(`/api/${door}/v1/rejects`, rejectSchema, { source, controlId }, { refreshMs: 10_000 });
  return (
    <>
      <PageHead
        title="Rejets"
        aside={
          <SegmentedControl
            aria-label="Messages montrés"
            value={door}
            onChange={(value) => setParams({ porte: value })}
            data={[
              { value: 'documents', label: 'Documents' },
              { value: 'identity', label: 'Identités' },
            ]}
          />
        }
      >
        Messages refusés à leur arrivée, avec ce qui a été répondu à l’application émettrice. Rien n’en a été retenu : à
        corriger et à réémettre.
      </PageHead>
      <div className="stack">
        <section className="block" aria-label="Filtres">
          <form
            className="filters"
            role="search"
            aria-label="Rejets"
            key={params.toString()}
            onSubmit={(event) => {
              event.preventDefault();
              const told = new FormData(event.currentTarget);
              setParams({
                porte: door,
                source: String(told.get('source')).trim(),
                controlId: String(told.get('controlId')).trim(),
              });
            }}
          >
            <TextInput name="source" label="Source" defaultValue={source} />
            <TextInput name="controlId" label="Numéro de message" defaultValue={controlId} />
            <Button type="submit">Chercher</Button>
            <Button variant="default" onClick={() => setParams({ porte: door })}>
              Tout effacer
            </Button>
          </form>
        </section>
        <Block title="Messages refusés, du plus récent au plus ancien">
          <ListTable
            caption="Messages refusés"
            noun={['message', 'messages']}
            list={list}
            keyOf={({ id }) => id}
            empty={<Blank title="Aucun message refusé.">Les applications émettrices sont comprises.</Blank>}
            columns={[
              { title: 'Reçu', kind: 'nowrap', cell: ({ receivedAt }) => instant(receivedAt) },
              { title: 'Source', cell: (reject) => reject.source || <span className="soft">inconnue</span> },
              { title: 'Message', cell: (reject) => <code>{reject.controlId || 'sans numéro'}</code> },
              { title: 'Type', kind: 'nowrap', cell: ({ messageType }) => messageType },
              { title: 'Code', cell: ({ code }) => <code>{code}</code> },
              { title: 'Ce qui a été répondu', cell: ({ text }) => text },
              { title: 'Où', cell: ({ location }) => location && <code>{location}</code> },
            ]}
          />
        </Block>
      </div>
    </>
  );
}
