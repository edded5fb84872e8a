import { createContext, use } from 'react';
import { hasRole, type Session } from '../api/session.js';

export const SessionContext = createContext<Session | null>(null);

/** Raises when there is no session: only pages behind the sign-in ask. */
export function useSession(): Session & { readonly can: (...roles: readonly string[]) => boolean } {
  const session = use(SessionContext);
  if (!session) throw new Error('no session here');
  return { ...session, can: (...roles) => hasRole(session, ...roles) };
}
