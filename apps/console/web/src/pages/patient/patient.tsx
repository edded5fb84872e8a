import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { ApiProblem, get } from '../../api/client.js';
import { documentSchema } from '../../api/documents.js';
import { fullName, historySchema, patientSchema, taskSchema, type Patient } from '../../api/identity.js';
import { useList } from '../../api/use-list.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { ListTable } from '../../parts/table.js';
import { NotFound } from '../../shell/no-way.js';
import { useSession } from '../../shell/session-context.js';
import { instant, preciseInstant } from '../../words/dates.js';
import { identityStatuses, wordOf } from '../../words/states.js';
import { documentColumns } from '../documents/columns.js';
import { Identifiers, TraitsOf } from './identity-facts.js';

const changes: Readonly<Record<string, string>> = {
  created: 'création',
  identifiers: 'identifiants',
  ins: 'INS',
  status: 'statut',
  traits: 'traits',
  fictitious: 'identité fictive',
  dubious: 'identité douteuse',
  dmpOpposition: 'opposition au DMP',
  deceasedOn: 'décès',
  mergedInto: 'fusion',
};

export function PatientPage() {
  const { id = '' } = useParams();
  const found = useQuery({
    queryKey: ['patient', id],
    queryFn: ({ signal }) => get(`/api/identity/v1/patients/${encodeURIComponent(id)}`, patientSchema, signal),
    refetchInterval: 10_000,
  });
  if (found.error instanceof ApiProblem && (found.error.status === 404 || found.error.status === 400))
    return <NotFound />;
  if (found.error && !found.data) return <Fault error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading what="l’identité" lines={8} />;
  return <Shown patient={found.data} />;
}

function Shown({ patient }: { readonly patient: Patient }) {
  const { can } = useSession();
  const status = wordOf(identityStatuses, patient.ins.status);
  return (
    <>
      <PageHead title={fullName(patient.traits)} windowTitle="Patient">
        Domaine d’identité {patient.domain}
      </PageHead>
      <div className="stack">
        <div className="row" role="status" aria-label="Statut de l’identité">
          <Badge words={identityStatuses} state={patient.ins.status} big />
          <span>{status.explained}</span>
        </div>
        <Warnings patient={patient} />
        <div className="two">
          <Block title="Traits et INS">
            <TraitsOf patient={patient} />
          </Block>
          <Block title="Identifiants">
            <Identifiers patient={patient} />
          </Block>
        </div>
        {can('reader', 'operator') && <DocumentsOf id={patient.id} />}
        <div className="two">
          <TasksOf id={patient.id} />
          <HistoryOf id={patient.id} />
        </div>
      </div>
    </>
  );
}

function Warnings({ patient }: { readonly patient: Patient }) {
  const { mergedInto, fictitious, dubious, dmpOpposition, deceasedOn } = patient;
  return (
    <>
      {mergedInto && (
        <div className="reason" data-tone="alert">
          Cette identité a été fusionnée. <Link to={`/patients/${mergedInto}`}>Voir l’identité conservée</Link>
        </div>
      )}
      {dubious && (
        <div className="reason" data-tone="alert">
          Identité douteuse : à vérifier avant toute action.
        </div>
      )}
      {fictitious && (
        <div className="reason" data-tone="quiet">
          Identité fictive : elle ne compte dans aucun indicateur.
        </div>
      )}
      {dmpOpposition === 'opposed' && (
        <div className="reason" data-tone="waiting">
          Le patient s’oppose à l’alimentation de son DMP.
        </div>
      )}
      {deceasedOn && (
        <div className="reason" data-tone="quiet">
          Patient décédé.
        </div>
      )}
    </>
  );
}

function DocumentsOf({ id }: { readonly id: string }) {
  const list = useList(
    '/api/documents/v1/documents',
    documentSchema,
    { patient: id, limit: 20 },
    { refreshMs: 10_000 },
  );
  return (
    <Block title="Documents de ce patient">
      <ListTable
        caption="Documents de ce patient"
        noun={['document', 'documents']}
        list={list}
        keyOf={(document) => document.id}
        columns={documentColumns}
        empty={<Blank title="Aucun document reçu pour ce patient." />}
      />
    </Block>
  );
}

function TasksOf({ id }: { readonly id: string }) {
  const list = useList('/api/identity/v1/tasks', taskSchema, { patient: id });
  return (
    <Block title="Tâches">
      <ListTable
        caption="Tâches de cette identité"
        noun={['tâche', 'tâches']}
        list={list}
        keyOf={(task) => task.id}
        empty={<Blank title="Aucune tâche pour cette identité." />}
        columns={[
          { title: 'Ouverte', kind: 'nowrap', cell: ({ openedAt }) => instant(openedAt) },
          { title: 'À faire', cell: ({ text }) => text },
          { title: 'Close', kind: 'nowrap', cell: ({ closedAt }) => (closedAt ? instant(closedAt) : 'ouverte') },
        ]}
      />
    </Block>
  );
}

function HistoryOf({ id }: { readonly id: string }) {
  const list = useList(`/api/identity/v1/patients/${id}/history`, historySchema);
  return (
    <Block title="Historique de l’identité">
      <ListTable
        caption="Historique de l’identité"
        noun={['version', 'versions']}
        list={list}
        keyOf={({ version }) => String(version)}
        empty={<Blank title="Aucun historique." />}
        columns={[
          { title: 'Quand', kind: 'nowrap', cell: ({ at }) => preciseInstant(at) },
          { title: 'Message', cell: ({ event, source }) => `${event} · ${source}` },
          { title: 'Ce qui a changé', cell: (entry) => entry.changes.map((one) => changes[one] ?? one).join(', ') },
          {
            title: 'Statut',
            kind: 'nowrap',
            cell: ({ state }) => <Badge words={identityStatuses} state={state.status} />,
          },
        ]}
      />
    </Block>
  );
}
