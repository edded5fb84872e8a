import { Button } from '@mantine/core';
import { ApiProblem } from '../api/client.js';

/** An error, with what support needs to find it. */
export function Fault({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <div className="notice" data-tone="bad" role="alert">
      <p>
        <strong>{titleOf(problem)}</strong>
      </p>
      <p>{error.message}</p>
      {problem && (
        <p className="soft small">
          Code <code>{problem.code}</code>
          {problem.traceId && (
            <>
              {' '}
              · trace <code>{problem.traceId}</code>
            </>
          )}
        </p>
      )}
      {retry && (
        <Button size="xs" variant="default" mt={8} onClick={retry}>
          Réessayer
        </Button>
      )}
    </div>
  );
}

function titleOf(problem: ApiProblem | null): string {
  if (problem?.status === 403) return 'Votre rôle ne permet pas cette action.';
  if (problem?.status === 404) return 'Introuvable.';
  if (problem?.status === 401) return 'La session a pris fin : recharger la page pour se reconnecter.';
  if (problem && problem.status >= 400 && problem.status < 500) return 'La demande n’a pas été acceptée.';
  return 'Les données ne sont pas disponibles pour le moment.';
}
