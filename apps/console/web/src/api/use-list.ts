import { useInfiniteQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { address, get, pageOf, type ApiProblem, type Query } from './client.js';

export interface List<T> {
  readonly items: readonly T[] | undefined;
  readonly error: ApiProblem | null;
  readonly more: (() => void) | undefined;
  readonly loadingMore: boolean;
  readonly retry: () => void;
}

/** A list by cursor pages: further pages are added below. */
export function useList<T extends z.ZodType>(
  path: string,
  item: T,
  query: Query = {},
  options: { readonly refreshMs?: number; readonly enabled?: boolean } = {},
): List<z.output<T>> {
  const found = useInfiniteQuery({
    queryKey: [path, query],
    queryFn: ({ pageParam, signal }) => get(address(path, { ...query, cursor: pageParam }), pageOf(item), signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: options.refreshMs ?? false,
    enabled: options.enabled ?? true,
  });
  return {
    items: found.data?.pages.flatMap((page) => page.items as z.output<T>[]),
    error: found.error as ApiProblem | null,
    more: found.hasNextPage ? () => void found.fetchNextPage() : undefined,
    loadingMore: found.isFetchingNextPage,
    retry: () => void found.refetch(),
  };
}
