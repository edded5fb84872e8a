import { useQueries } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { z } from 'zod';
import { address, get, pageOf } from '../../api/client.js';
import { rateSchema, type Perimeter } from '../../api/indicators.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Table } from '../../parts/table.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { longMonth, today } from '../../words/dates.js';
import { count, percent } from '../../words/numbers.js';

const CODES = ['DS1.1', 'DS4.2'];
const ratesSchema = pageOf(rateSchema);

/** DS1.1 and DS4.2 of the month, establishment by establishment. */
export function MonthRates() {
  const { all } = usePerimeters();
  const establishments = all.filter(({ kind }) => kind === 'establishment');
  const found = useQueries({
    queries: establishments.map(({ perimeter }) => ({
      queryKey: ['month-rates', perimeter],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get(address('/api/indicators/v1/indicators', { perimeter }), ratesSchema, signal),
      refetchInterval: 30_000,
    })),
  });
  const rows = establishments.map((establishment, index) => ({ establishment, rates: found[index]?.data?.items }));
  return (
    <Block
      title={`Taux de ${longMonth(today())}, par établissement`}
      aside={<Link to="/indicateurs">Tous les indicateurs</Link>}
    >
      {rows.length === 0 ? (
        <Blank title="Aucun établissement dans votre périmètre." />
      ) : (
        <Table
          caption="Taux du mois par établissement"
          items={rows}
          keyOf={({ establishment }) => establishment.perimeter}
          columns={[
            { title: 'Établissement', cell: ({ establishment }) => establishment.name },
            ...CODES.map((code) => ({
              title: code,
              kind: 'num' as const,
              cell: ({ establishment, rates }: (typeof rows)[number]) => (
                <RateCell code={code} establishment={establishment} rates={rates} />
              ),
            })),
          ]}
        />
      )}
    </Block>
  );
}

interface CellProps {
  readonly code: string;
  readonly establishment: Perimeter;
  readonly rates: z.output<typeof ratesSchema>['items'] | undefined;
}

function RateCell({ code, establishment, rates }: CellProps) {
  const rate = rates?.find((one) => one.code === code);
  if (!rate) return <span className="soft">…</span>;
  if (rate.denominator === 0) return <span className="soft">aucun séjour</span>;
  return (
    <Link to={address('/indicateurs', { code, perimeter: establishment.perimeter })}>
      {percent(rate.rate)}{' '}
      <span className="soft">
        ({count(rate.numerator)}/{count(rate.denominator)})
      </span>
    </Link>
  );
}
