import { useEffect, type ReactNode } from 'react';

interface Props {
  readonly title: string;
  /** Title of the window when the heading holds a trait of a patient, which stays out of the browser's history. */
  readonly windowTitle?: string;
  readonly children?: ReactNode;
  readonly aside?: ReactNode;
}

export function PageHead({ title, windowTitle = title, children, aside }: Props) {
  useEffect(() => {
    document.title = `${windowTitle} – Plateforme d’intermédiation`;
  }, [windowTitle]);
  return (
    <div className="head">
      <div>
        <h1>{title}</h1>
        {children && <p>{children}</p>}
      </div>
      {aside}
    </div>
  );
}
