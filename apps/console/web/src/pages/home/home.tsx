import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { get } from '../../api/client.js';
import { activitySchema, type Activity } from '../../api/documents.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { useSession } from '../../shell/session-context.js';
import { instant } from '../../words/dates.js';
import { count } from '../../words/numbers.js';
import { documentStates, type Tone, wordOf } from '../../words/states.js';
import { ChannelTable } from './channel-table.js';
import { MonthRates } from './month-rates.js';
import { Needed } from './needed.js';

const REFRESH_MS = 5_000;

/** What is happening, what waits, and what a person has to do. */
export function Home() {
  const { can } = useSession();
  const documents = can('reader', 'operator');
  const activity = useQuery({
    queryKey: ['activity'],
    queryFn: ({ signal }) => get('/api/documents/v1/activity', activitySchema, signal),
    refetchInterval: REFRESH_MS,
    enabled: documents,
  });
  return (
    <>
      <PageHead
        title="Accueil"
        aside={activity.data && <span className="soft small">À jour le {instant(activity.data.at)}</span>}
      >
        Les flux de votre périmètre, ce qui attend, et les taux du mois.
      </PageHead>
      <div className="stack">
        {documents && activity.isPending && <Loading what="les flux" />}
        {activity.error && !activity.data && <Fault error={activity.error} retry={() => void activity.refetch()} />}
        {activity.data && <Tiles activity={activity.data} />}
        <div className="wide-narrow">
          <div className="stack">
            <MonthRates />
            {activity.data && (
              <Block title="Envois par canal">
                <ChannelTable channels={activity.data.channels} />
              </Block>
            )}
          </div>
          <Needed activity={activity.data} />
        </div>
      </div>
    </>
  );
}

const shown: readonly (keyof typeof documentStates)[] = ['in-delivery', 'delivered', 'held', 'parked', 'refused'];
const addressOf = (state: string) =>
  state === 'held' || state === 'parked' ? `/en-attente?etat=${state}` : `/documents?state=${state}`;
/** Ends are counted for what came in the day; what is open, whatever its age. */
const endings: Readonly<Record<string, string>> = {
  delivered: 'Remis, reçus ce jour',
  refused: 'Refusés, reçus ce jour',
};

function Tiles({ activity }: { readonly activity: Activity }) {
  const counted = new Map(activity.states.map((one) => [one.state, one.count]));
  return (
    <div className="tiles" role="group" aria-label="Documents en ce moment">
      <Tile to="/documents" tone="quiet" value={activity.receivedToday} label="Reçus aujourd’hui" />
      {shown.map((state) => {
        const { label, tone } = wordOf(documentStates, state);
        const text = endings[state] ?? label;
        return <Tile key={state} to={addressOf(state)} tone={tone} value={counted.get(state) ?? 0} label={text} />;
      })}
    </div>
  );
}

function Tile({ to, tone, value, label }: { to: string; tone: Tone; value: number; label: string }) {
  return (
    <Link to={to} className="tile" data-tone={tone}>
      <b>{count(value)}</b>
      <span>{label}</span>
    </Link>
  );
}
