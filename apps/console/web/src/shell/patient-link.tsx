import { Link } from 'react-router';
import { useSession } from './session-context.js';

/**
 * To a patient's page, for those who may open it: identities belong to identity domains, which the scope of a legal entity or of an
 * establishment does not give.
 */
export function PatientLink({ id }: { readonly id: string }) {
  const { scopes, can } = useSession();
  const opens = can('reader', 'operator', 'identity-vigilance') && scopes.some((scope) => scope.startsWith('dom:'));
  return opens ? (
    <Link to={`/patients/${id}`}>Voir l’identité</Link>
  ) : (
    <span className="soft">hors de votre périmètre</span>
  );
}
