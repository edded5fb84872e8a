import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, type ReactNode } from 'react';
import { Route, Routes } from 'react-router';
import { ApiProblem, get, keepCsrfToken } from './api/client.js';
import { hasRole, sessionSchema, type Session } from './api/session.js';
import { Loading } from './parts/loading.js';
import { Administration } from './pages/administration/administration.js';
import { Documents } from './pages/documents/documents.js';
import { Home } from './pages/home/home.js';
import { Indicators } from './pages/indicators/indicators.js';
import { PatientPage } from './pages/patient/patient.js';
import { Patients } from './pages/patients/patients.js';
import { Rejects } from './pages/rejects/rejects.js';
import { SignIn } from './pages/sign-in/sign-in.js';
import { Tasks } from './pages/tasks/tasks.js';
import { Waiting } from './pages/waiting/waiting.js';
import { Fault } from './parts/fault.js';
import { Forbidden, NotFound } from './shell/no-way.js';
import { places, type Place } from './shell/places.js';
import { SessionContext } from './shell/session-context.js';
import { Shell } from './shell/shell.js';

/** The page of a document brings the PDF reader with it: loaded when asked for. */
const DocumentPage = lazy(() => import('./pages/document/document.js'));

const pages: Readonly<Record<Place['path'], ReactNode>> = {
  '/': <Home />,
  '/documents': <Documents />,
  '/en-attente': <Waiting />,
  '/rejets': <Rejects />,
  '/indicateurs': <Indicators />,
  '/patients': <Patients />,
  '/taches': <Tasks />,
  '/administration': <Administration />,
};

export function App() {
  const session = useQuery({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
      const found = await get('/auth/session', sessionSchema, signal);
      keepCsrfToken(found.csrfToken);
      return found;
    },
    refetchInterval: 60_000,
  });
  if (session.error instanceof ApiProblem && session.error.status === 401) return <SignIn />;
  if (session.data) return <SignedIn session={session.data} />;
  return (
    <main className="door">
      <div className="card">
        {session.error ? (
          <Fault error={session.error} retry={() => void session.refetch()} />
        ) : (
          <Loading what="la session" />
        )}
      </div>
    </main>
  );
}

function SignedIn({ session }: { readonly session: Session }) {
  const allowed = (path: Place['path'], page: ReactNode) => {
    const place = places.find((one) => one.path === path);
    return place && hasRole(session, ...place.roles) ? page : <Forbidden />;
  };
  return (
    <SessionContext value={session}>
      <Routes>
        <Route element={<Shell />}>
          {places.map(({ path }) => (
            <Route key={path} path={path} element={allowed(path, pages[path])} />
          ))}
          <Route
            path="/documents/:id"
            element={allowed(
              '/documents',
              <Suspense fallback={<Loading what="le document" />}>
                <DocumentPage />
              </Suspense>,
            )}
          />
          <Route path="/patients/:id" element={allowed('/patients', <PatientPage />)} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </SessionContext>
  );
}
