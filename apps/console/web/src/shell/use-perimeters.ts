import { useQuery } from '@tanstack/react-query';
import { get, pageOf } from '../api/client.js';
import { perimeterSchema, type Perimeter } from '../api/indicators.js';

/** Legal entities and establishments of the person, and their names. */
export function usePerimeters(): { readonly all: readonly Perimeter[]; readonly nameOf: (finess: string) => string } {
  const { data } = useQuery({
    queryKey: ['perimeters'],
    queryFn: ({ signal }) => get('/api/indicators/v1/perimeters', pageOf(perimeterSchema), signal),
    staleTime: 10 * 60_000,
  });
  const all = data?.items ?? [];
  return { all, nameOf: (finess) => all.find(({ perimeter }) => perimeter === finess)?.name ?? finess };
}
