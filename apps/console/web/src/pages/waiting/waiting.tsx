import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { get } from '../../api/client.js';
import { activitySchema, documentSchema, type Document } from '../../api/documents.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { ListTable, Table, type Column } from '../../parts/table.js';
import { useSession } from '../../shell/session-context.js';
import { since } from '../../words/dates.js';
import { count } from '../../words/numbers.js';
import { whoActs } from '../../words/who-acts.js';
import { DocumentActions } from '../document/actions.js';
import { documentColumns } from '../documents/columns.js';
import { ParkedEvents } from './parked-events.js';

type Kind = 'held' | 'parked';

/** All are in the same state here. */
const columns = documentColumns.filter(({ title }) => title !== 'État');

/** What did not leave: why, since when, and who can lift it. */
export function Waiting() {
  const [params, setParams] = useSearchParams();
  const { can } = useSession();
  const kind: Kind = params.get('etat') === 'parked' ? 'parked' : 'held';
  return (
    <>
      <PageHead
        title="En attente, mis de côté"
        aside={
          <SegmentedControl
            aria-label="État montré"
            value={kind}
            onChange={(value) => setParams({ etat: value })}
            data={[
              { value: 'held', label: 'En attente' },
              { value: 'parked', label: 'Mis de côté' },
            ]}
          />
        }
      >
        {kind === 'held'
          ? 'Ces envois partiront d’eux-mêmes dès que la condition sera remplie.'
          : 'Ces envois attendent la décision d’une personne : rejouer, ou abandonner avec un motif.'}
      </PageHead>
      <div className="stack">
        <Reasons kind={kind} />
        <WaitingDocuments kind={kind} key={kind} />
        {kind === 'parked' && can('operator', 'admin') && <ParkedEvents />}
      </div>
    </>
  );
}

function Reasons({ kind }: { readonly kind: Kind }) {
  const activity = useQuery({
    queryKey: ['activity'],
    queryFn: ({ signal }) => get('/api/documents/v1/activity', activitySchema, signal),
    refetchInterval: 5_000,
  });
  const rows = activity.data?.waiting.filter(({ state }) => state === kind);
  return (
    <Block title="Par motif">
      {activity.error && !activity.data && <Fault error={activity.error} retry={() => void activity.refetch()} />}
      {activity.isPending && <Loading what="les motifs" />}
      {rows?.length === 0 && <Blank title={kind === 'held' ? 'Rien n’attend.' : 'Rien n’est mis de côté.'} />}
      {rows && rows.length > 0 && (
        <Table
          caption="Envois par motif"
          items={rows}
          keyOf={({ code }) => code}
          columns={[
            { title: 'Envois', kind: 'num', cell: (row) => <strong>{count(row.count)}</strong> },
            {
              title: 'Pourquoi',
              cell: ({ code, text }) => (
                <>
                  {text} <code className="soft">{code}</code>
                </>
              ),
            },
            {
              title: 'Qui agit',
              cell: ({ code, state }) => (
                <>
                  <strong>{whoActs(code, state).name}</strong>
                  <div className="soft small">{whoActs(code, state).does}</div>
                </>
              ),
            },
            { title: 'Le plus ancien', kind: 'nowrap', cell: ({ oldest }) => since(oldest) },
          ]}
        />
      )}
    </Block>
  );
}

function WaitingDocuments({ kind }: { readonly kind: Kind }) {
  const { can } = useSession();
  const list = useList('/api/documents/v1/documents', documentSchema, { state: kind }, { refreshMs: 5_000 });
  const actions: Column<Document> = {
    title: 'Décision',
    kind: 'nowrap',
    cell: (document) => <DocumentActions document={document} brief />,
  };
  return (
    <Block title={kind === 'held' ? 'Documents en attente' : 'Documents mis de côté'}>
      <ListTable
        caption={kind === 'held' ? 'Documents en attente' : 'Documents mis de côté'}
        noun={['document', 'documents']}
        list={list}
        keyOf={({ id }) => id}
        columns={kind === 'parked' && can('operator') ? [...columns, actions] : columns}
        empty={<Blank title="Aucun document.">Rien n’attend ici dans votre périmètre.</Blank>}
      />
    </Block>
  );
}
