import { SegmentedControl } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { post } from '../../api/client.js';
import { taskSchema } from '../../api/identity.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ConfirmAction } from '../../parts/confirm.js';
import { PageHead } from '../../parts/page-head.js';
import { ListTable, type Column } from '../../parts/table.js';
import { useSession } from '../../shell/session-context.js';
import { instant } from '../../words/dates.js';
import type { Task } from '../../api/identity.js';

const columns: readonly Column<Task>[] = [
  { title: 'Ouverte', kind: 'nowrap', cell: ({ openedAt }) => instant(openedAt) },
  {
    title: 'À faire',
    cell: ({ text, code }) => (
      <>
        {text} <code className="soft">{code}</code>
      </>
    ),
  },
  {
    title: 'Identité',
    kind: 'nowrap',
    cell: ({ patientId }) =>
      patientId ? <Link to={`/patients/${patientId}`}>Voir l’identité</Link> : <span className="soft">sans</span>,
  },
  { title: 'Domaine', cell: ({ domain }) => domain },
];

/** What the identity cell has to look at. */
export function Tasks() {
  const [params, setParams] = useSearchParams();
  const { can } = useSession();
  const queries = useQueryClient();
  const state = params.get('etat') === 'closed' ? 'closed' : 'open';
  const list = useList('/api/identity/v1/tasks', taskSchema, { state }, { refreshMs: 10_000 });
  const last: Column<Task> =
    state === 'closed'
      ? {
          title: 'Close',
          kind: 'nowrap',
          cell: ({ closedAt, closedBy }) => (closedAt ? `${instant(closedAt)} · ${closedBy ?? ''}` : ''),
        }
      : {
          title: 'Décision',
          kind: 'nowrap',
          cell: ({ id }) => (
            <ConfirmAction
              label="Clore"
              question="Clore cette tâche ?"
              consequence="À faire une fois l’identité vérifiée dans la GAM. La tâche garde votre nom et l’heure."
              run={async () => {
                await post(`/api/identity/v1/tasks/${id}/close`, taskSchema);
                await queries.invalidateQueries({ queryKey: ['/api/identity/v1/tasks'] });
              }}
            />
          ),
        };
  return (
    <>
      <PageHead
        title="Tâches d’identité"
        aside={
          <SegmentedControl
            aria-label="Tâches montrées"
            value={state}
            onChange={(value) => setParams({ etat: value })}
            data={[
              { value: 'open', label: 'Ouvertes' },
              { value: 'closed', label: 'Closes' },
            ]}
          />
        }
      >
        Ce que la cellule d’identitovigilance doit vérifier. Une tâche se clôt seule quand la correction arrive de la
        GAM.
      </PageHead>
      <Block title={state === 'open' ? 'Tâches ouvertes' : 'Tâches closes'}>
        <ListTable
          caption="Tâches d’identité"
          noun={['tâche', 'tâches']}
          list={list}
          keyOf={({ id }) => id}
          columns={state === 'closed' || can('identity-vigilance') ? [...columns, last] : columns}
          empty={<Blank title="Aucune tâche.">Les identités reçues n’ont rien demandé.</Blank>}
        />
      </Block>
    </>
  );
}
