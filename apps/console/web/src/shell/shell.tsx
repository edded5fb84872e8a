import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { z } from 'zod';
import { post } from '../api/client.js';
import { hasRole } from '../api/session.js';
import { roles as roleWords } from '../words/states.js';
import icon from './icon.svg?url';
import { places } from './places.js';
import { useSession } from './session-context.js';
import { usePerimeters } from './use-perimeters.js';

/** Menu, who is signed in, and the page. */
export function Shell() {
  const session = useSession();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A new page begins at its top, for the keyboard and for a screen reader as well.
    if (!first.current) main.current?.focus();
    first.current = false;
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <div className="frame">
      <a className="skip" href="#contenu">
        Aller au contenu
      </a>
      <header className="side">
        <Link to="/" className="brand">
          <img src={icon} alt="" />
          <span>Plateforme d’intermédiation</span>
        </Link>
        <nav aria-label="Menu principal">
          <ul>
            {places
              .filter((place) => hasRole(session, ...place.roles))
              .map(({ path, label, icon: Icon }) => (
                <li key={path}>
                  <NavLink to={path} end={path === '/'}>
                    <Icon size={18} stroke={1.7} aria-hidden />
                    {label}
                  </NavLink>
                </li>
              ))}
          </ul>
        </nav>
        <Who />
      </header>
      <main id="contenu" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Who() {
  const session = useSession();
  const { all } = usePerimeters();
  const queries = useQueryClient();
  const leave = async () => {
    const { location } = await post('/auth/logout', z.object({ location: z.string().nullish() })).catch(() => ({
      location: null,
    }));
    queries.clear();
    window.location.assign(location ?? '/');
  };
  const widest = all[0];
  return (
    <div className="who">
      <strong>{session.name ?? session.subject}</strong>
      <span>{session.roles.map((role) => roleWords[role] ?? role).join(', ')}</span>
      {widest && <span>{widest.name}</span>}
      <button type="button" onClick={() => void leave()}>
        Se déconnecter
      </button>
    </div>
  );
}
