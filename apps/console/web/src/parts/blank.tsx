import type { ReactNode } from 'react';

/** Nothing to show, said in words. */
export function Blank({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="blank">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
