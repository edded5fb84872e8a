import '@mantine/core/styles.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { ApiProblem } from './api/client.js';
import { App } from './app.js';
import { theme } from './theme.js';

/** What the API refused is refused again; what it could not answer may work a moment later. */
const mayRetry = (failures: number, error: unknown): boolean =>
  failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500);

/** A session that ended is noticed by whatever asks first, and leads to the sign-in. */
const queryCache = new QueryCache({
  onError: (error, { queryKey: [asked] }) => {
    if (asked !== 'session' && error instanceof ApiProblem && error.status === 401)
      void queries.invalidateQueries({ queryKey: ['session'] });
  },
});

const queries: QueryClient = new QueryClient({
  queryCache,
  defaultOptions: { queries: { retry: mayRetry, staleTime: 2_000, refetchOnWindowFocus: true } },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <MantineProvider theme={theme} forceColorScheme="light" withCssVariables={false} withGlobalClasses={false}>
    <QueryClientProvider client={queries}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </MantineProvider>,
);
