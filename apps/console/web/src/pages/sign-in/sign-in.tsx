import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { address, get } from '../../api/client.js';
import { providersSchema } from '../../api/session.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import icon from '../../shell/icon.svg?url';

/** Why a sign-in that was begun came back without a session, as the server says in the address. */
const failures: Readonly<Record<string, string>> = {
  expiree: 'La connexion a été interrompue ou a pris trop de temps : la recommencer.',
  refusee: 'La connexion a été refusée. La recommencer ; si cela dure, voir avec l’administrateur de la plateforme.',
  indisponible: 'Ce moyen de connexion ne répond pas : en choisir un autre, ou réessayer dans un instant.',
  inconnue: 'Ce moyen de connexion n’existe pas : en choisir un autre.',
};

/** The ways in; each leads to its own OpenID provider and comes back to the page that was asked for. */
export function SignIn() {
  const { pathname, search } = useLocation();
  const asked = new URLSearchParams(search);
  const failure = failures[asked.get('connexion') ?? ''];
  asked.delete('connexion');
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
        {failure && (
          <div className="notice" data-tone="alert" role="alert">
            <p>{failure}</p>
          </div>
        )}
        {ways.error && <Fault error={ways.error} retry={() => void ways.refetch()} />}
        {ways.isPending && <Loading what="les moyens de connexion" lines={2} />}
        {ways.data && (
          <nav className="ways" aria-label="Moyens de connexion">
            {ways.data.items.map(({ id, label }, index) => (
              <a
                key={id}
                className={index === 0 ? 'way' : 'way second'}
                href={address('/auth/login', { provider: id, returnTo: address(pathname, Object.fromEntries(asked)) })}
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
