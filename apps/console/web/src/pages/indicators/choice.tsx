import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { get } from '../../api/client.js';
import { definitionsSchema } from '../../api/indicators.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { day } from '../../words/dates.js';

/** What the address says of the period, the perimeter and the view. */
export interface Chosen extends Record<string, string | undefined> {
  readonly window: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly perimeter: string | undefined;
  readonly view: 'gross' | 'net';
}

export function choiceOf(params: URLSearchParams): Chosen {
  const told = (name: string) => params.get(name) ?? undefined;
  const window = told('window');
  const [from, to] = [told('from'), told('to')];
  const days = window === undefined && from !== undefined && to !== undefined;
  return {
    window,
    from: days ? from : undefined,
    to: days ? to : undefined,
    perimeter: told('perimeter'),
    view: params.get('view') === 'net' ? 'net' : 'gross',
  };
}

const kinds = { ght: 'GHT', 'legal-entity': 'EJ', establishment: 'EG' } as const;

export function Choice() {
  const [params, setParams] = useSearchParams();
  const { all } = usePerimeters();
  const definitions = useQuery({
    queryKey: ['definitions'],
    queryFn: ({ signal }) => get('/api/indicators/v1/definitions', definitionsSchema, signal),
    staleTime: 10 * 60_000,
  });
  const { window, from, to, perimeter, view } = choiceOf(params);
  const change = (changes: Record<string, string | undefined>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next);
  };
  return (
    <div className="row">
      <NativeSelect
        label="Périmètre"
        value={perimeter ?? all[0]?.perimeter ?? ''}
        onChange={(event) => change({ perimeter: event.currentTarget.value })}
        data={all.map((one) => ({ value: one.perimeter, label: `${one.name} (${kinds[one.kind]})` }))}
      />
      <NativeSelect
        label="Période"
        value={window ?? (from ? 'days' : '')}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value !== 'days') change({ window: value, from: undefined, to: undefined });
        }}
        data={[
          { value: '', label: 'Mois en cours' },
          ...(definitions.data?.windows ?? []).map((one) => ({
            value: one.id,
            label: `Fenêtre ${one.id} (${day(one.from)} – ${day(one.to)})`,
          })),
          ...(from ? [{ value: 'days', label: 'Dates choisies' }] : []),
        ]}
      />
      <form
        className="filters"
        aria-label="Dates choisies"
        key={`${from}${to}`}
        onSubmit={(event) => {
          event.preventDefault();
          const told = new FormData(event.currentTarget);
          change({ window: undefined, from: String(told.get('from')), to: String(told.get('to')) });
        }}
      >
        <TextInput type="date" name="from" label="Ou du" required defaultValue={from} />
        <TextInput type="date" name="to" label="au" required defaultValue={to} />
        <Button type="submit" variant="default">
          Appliquer
        </Button>
      </form>
      <NativeSelect
        label="Vue"
        value={view}
        onChange={(event) => change({ view: event.currentTarget.value })}
        data={[
          { value: 'gross', label: 'Brute : tous les séjours du champ' },
          { value: 'net', label: 'Nette : séjours qui pouvaient être servis' },
        ]}
      />
    </div>
  );
}
