import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { address, get, pageOf } from '../../api/client.js';
import { rateSchema, type Rate } from '../../api/indicators.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { day } from '../../words/dates.js';
import { count, percent } from '../../words/numbers.js';
import { RateBar } from './charts.js';
import { Choice, choiceOf } from './choice.js';
import { Orphans } from './orphans.js';
import { Stays } from './stays.js';
import { Trend } from './trend.js';

/** Rates against their targets, and every stay behind them. */
export function Indicators() {
  const [params] = useSearchParams();
  const choice = choiceOf(params);
  const rates = useQuery({
    queryKey: ['rates', choice],
    queryFn: ({ signal }) => get(address('/api/indicators/v1/indicators', choice), pageOf(rateSchema), signal),
    refetchInterval: 10_000,
    placeholderData: (before) => before,
  });
  const code = params.get('code') ?? rates.data?.items[0]?.code;
  const chosen = rates.data?.items.find((rate) => rate.code === code);
  return (
    <>
      <PageHead title="Indicateurs">
        Les taux du programme SUN-ES, comptés séjour par séjour, avec le motif de chacun.
      </PageHead>
      <div className="stack">
        <section className="block" aria-label="Période et périmètre">
          <Choice />
        </section>
        {rates.isPending && <Loading what="les taux" />}
        {rates.error && !rates.data && <Fault error={rates.error} retry={() => void rates.refetch()} />}
        {rates.data && (
          <>
            <p className="soft" role="status">
              Du {day(rates.data.items[0]?.from ?? '')} au {day(rates.data.items[0]?.to ?? '')},{' '}
              {choice.view === 'net' ? 'vue nette' : 'vue brute'}.
              {rates.data.items.some(({ settled }) => !settled) &&
                ' La définition vient de changer : le décompte est en cours de mise à jour.'}
            </p>
            <div className="rates">
              {rates.data.items.map((rate) => (
                <RateCard key={rate.code} rate={rate} current={rate.code === code} />
              ))}
            </div>
          </>
        )}
        {chosen && (
          <>
            <Block
              title={`${chosen.code}, mois par mois`}
              aside={
                <span className="soft small">
                  Définition {chosen.definition.version} · empreinte{' '}
                  <code title={chosen.definition.hash}>{chosen.definition.hash.slice(0, 12)}</code>
                </span>
              }
            >
              <Trend code={chosen.code} target={chosen.target} />
            </Block>
            <Stays code={chosen.code} />
          </>
        )}
        <Orphans perimeter={choice.perimeter} />
      </div>
    </>
  );
}

function RateCard({ rate, current }: { readonly rate: Rate; readonly current: boolean }) {
  const [params] = useSearchParams();
  const next = new URLSearchParams(params);
  next.set('code', rate.code);
  next.delete('counted');
  return (
    <Link className="rate" to={`?${next.toString()}`} aria-current={current} preventScrollReset>
      <span className="row">
        <strong>{rate.code}</strong>
        <Reached rate={rate} />
      </span>
      <span className="rate-big">{percent(rate.rate)}</span>
      <RateBar rate={rate.rate} target={rate.target} />
      <span className="small">
        {count(rate.numerator)} sur {count(rate.denominator)}
        {rate.target !== null && ` · cible ${count(rate.target)} %`}
      </span>
      <span className="soft small">{rate.label}</span>
    </Link>
  );
}

function Reached({ rate: { reached } }: { readonly rate: Rate }) {
  if (reached === null)
    return (
      <span className="badge" data-tone="quiet">
        Sans cible
      </span>
    );
  return (
    <span className="badge" data-tone={reached ? 'good' : 'bad'}>
      {reached ? 'Cible atteinte' : 'Cible non atteinte'}
    </span>
  );
}
