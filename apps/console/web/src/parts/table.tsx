import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { List } from '../api/use-list.js';
import { many } from '../words/numbers.js';
import { Blank } from './blank.js';
import { Fault } from './fault.js';
import { Loading } from './loading.js';

export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => ReactNode;
  readonly kind?: 'num' | 'nowrap';
}

interface Props<T> {
  /** Read by screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
}

export function Table<T>({ caption, columns, items, keyOf }: Props<T>) {
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table className="list">
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th key={title} scope="col" className={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map(({ title, cell, kind }) => (
                <td key={title} className={kind}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ListProps<T> extends Omit<Props<T>, 'items'> {
  readonly list: List<T>;
  /** What is listed: singular and plural. */
  readonly noun: readonly [string, string];
  readonly empty: ReactNode;
}

/** A list with its loading, its errors, its emptiness and its further pages. */
export function ListTable<T>({ list, noun, empty, ...table }: ListProps<T>) {
  if (list.error && !list.items) return <Fault error={list.error} retry={list.retry} />;
  if (!list.items) return <Loading what={noun[1]} />;
  if (list.items.length === 0) return <div role="status">{empty ?? <Blank title={`Aucun ${noun[0]}.`} />}</div>;
  return (
    <>
      <Table {...table} items={list.items} />
      <div className="foot">
        <span role="status">
          {many(list.items.length, noun[0], noun[1])}
          {list.more ? ' affichés' : ''}
        </span>
        {list.more && (
          <Button size="xs" variant="default" onClick={list.more} loading={list.loadingMore}>
            Afficher la suite
          </Button>
        )}
        {list.error && <span role="alert">Mise à jour impossible : {list.error.message}</span>}
      </div>
    </>
  );
}
