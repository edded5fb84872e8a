import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { address, get, pageOf } from '../../api/client.js';
import { rateSchema } from '../../api/indicators.js';
import { Blank } from '../../parts/blank.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { Table } from '../../parts/table.js';
import { longMonth } from '../../words/dates.js';
import { count, percent } from '../../words/numbers.js';
import { MonthBars } from './charts.js';
import { choiceOf } from './choice.js';

/** The months of the window or of the chosen dates; else the last twelve. */
export function Trend({ code, target }: { readonly code: string; readonly target: number | null }) {
  const [params] = useSearchParams();
  const choice = choiceOf(params);
  const path = address(`/api/indicators/v1/indicators/${encodeURIComponent(code)}/trend`, { ...choice, step: 'month' });
  const trend = useQuery({
    queryKey: ['trend', path],
    queryFn: ({ signal }) => get(path, pageOf(rateSchema), signal),
    refetchInterval: 30_000,
  });
  if (trend.error && !trend.data) return <Fault error={trend.error} retry={() => void trend.refetch()} />;
  if (!trend.data) return <Loading what="l’évolution" />;
  const months = trend.data.items;
  if (months.every(({ denominator }) => denominator === 0)) return <Blank title="Aucun séjour compté sur ces mois." />;
  return (
    <>
      <MonthBars months={months} target={target} />
      <details>
        <summary className="small">Les mêmes nombres en tableau</summary>
        <Table
          caption={`${code} mois par mois`}
          items={months}
          keyOf={({ from }) => from}
          columns={[
            { title: 'Mois', cell: ({ from }) => longMonth(from) },
            { title: 'Servis', kind: 'num', cell: ({ numerator }) => count(numerator) },
            { title: 'Séjours', kind: 'num', cell: ({ denominator }) => count(denominator) },
            { title: 'Taux', kind: 'num', cell: ({ rate }) => percent(rate) },
          ]}
        />
      </details>
    </>
  );
}
