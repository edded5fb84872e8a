import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { address, get } from '../../api/client.js';
import { providersSchema } from '../../api/session.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import icon from '../../shell/icon.svg?url';

/** The ways in; each leads to its own OpenID provider and comes back to the page that was asked for. */
export function SignIn() {
  const { pathname, search } = useLocation();
  const ways = useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => get('/auth/providers', providersSchema, signal),
  });
  useEffect(() => {
    document.title = 'Connexion – Plateforme d’intermédiation';
  }, []);
  return (
    <main className="door">
      <div className="card">
        <img src={icon} alt="" />
        <h1>Plateforme d’intermédiation</h1>
        <p className="soft">Documents, DMP, MSSanté et indicateurs du groupement hospitalier.</p>
        {ways.error && <Fault error={ways.error} retry={() => void ways.refetch()} />}
        {ways.isPending && <Loading what="les moyens de connexion" lines={2} />}
        {ways.data && (
          <nav className="ways" aria-label="Moyens de connexion">
            {ways.data.items.map(({ id, label }, index) => (
              <a
                key={id}
                className={index === 0 ? 'way' : 'way second'}
                href={address('/auth/login', { provider: id, returnTo: `${pathname}${search}` })}
              >
                {label}
              </a>
            ))}
          </nav>
        )}
        <p className="soft small" style={{ marginTop: 20 }}>
          Chaque consultation d’une identité est tracée. Accès réservé aux personnes habilitées.
        </p>
      </div>
    </main>
  );
}
