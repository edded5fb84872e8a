import { Link } from 'react-router';
import type { Activity } from '../../api/documents.js';
import { taskSchema } from '../../api/identity.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { useSession } from '../../shell/session-context.js';
import { since } from '../../words/dates.js';
import { many } from '../../words/numbers.js';
import { whoActs } from '../../words/who-acts.js';

/** What waits for a person, the oldest first. */
export function Needed({ activity }: { readonly activity: Activity | undefined }) {
  const { can } = useSession();
  const byAge = [...(activity?.waiting ?? [])].sort((a, b) => a.oldest.localeCompare(b.oldest));
  return (
    <div className="stack">
      {activity && (
        <Block title="Ce qui attend" aside={<Link to="/en-attente">Tout voir</Link>}>
          {byAge.length === 0 ? (
            <Blank title="Rien n’attend.">Tous les envois sont partis ou terminés.</Blank>
          ) : (
            <div className="tight">
              {byAge.slice(0, 6).map(({ state, code, text, count, oldest }) => (
                <div key={`${state}${code}`} className="reason" data-tone={state === 'parked' ? 'alert' : 'waiting'}>
                  <strong>
                    {many(count, 'envoi')} — {state === 'parked' ? 'à décider' : whoActs(code, state).name}
                  </strong>
                  <p>{text}</p>
                  <p className="soft small">Le plus ancien : {since(oldest)}</p>
                </div>
              ))}
            </div>
          )}
        </Block>
      )}
      {can('reader', 'operator', 'identity-vigilance') && <OpenTasks />}
    </div>
  );
}

function OpenTasks() {
  const tasks = useList('/api/identity/v1/tasks', taskSchema, { state: 'open', limit: 5 }, { refreshMs: 10_000 });
  return (
    <Block title="Tâches d’identité" aside={<Link to="/taches">Toutes les tâches</Link>}>
      {tasks.error && !tasks.items ? <Fault error={tasks.error} retry={tasks.retry} /> : null}
      {!tasks.items && !tasks.error && <Loading what="les tâches" lines={3} />}
      {tasks.items?.length === 0 && <Blank title="Aucune tâche ouverte." />}
      <div className="tight">
        {tasks.items?.map(({ id, text, openedAt, patientId }) => (
          <div key={id}>
            <p>{text}</p>
            <p className="soft small">
              {since(openedAt)}
              {patientId && (
                <>
                  {' '}
                  · <Link to={`/patients/${patientId}`}>voir l’identité</Link>
                </>
              )}
            </p>
          </div>
        ))}
      </div>
    </Block>
  );
}
