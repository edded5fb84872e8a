import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultBoard } from '../faults/fault-board.js';
import { operationOutcome, practitioner, practitionerRole, rppsOf, searchset } from './fhir-resources.js';
import type { Professionals } from './professionals.js';

const searches = {
  '/fhir/Practitioner': { parameters: ['identifier'], build: practitioner },
  '/fhir/PractitionerRole': {
    parameters: ['practitioner.identifier', 'practitioner:Practitioner.identifier'],
    build: practitionerRole,
  },
} as const;

/** The FHIR door of the Annuaire Santé: searches by RPPS. Any API key will do, and none. */
export function createAnnuaireServer(professionals: Professionals, faults: FaultBoard): Server {
  return createServer((request, response) => {
    serve(request, response, professionals, faults).catch(() => request.socket.destroy());
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  professionals: Professionals,
  faults: FaultBoard,
): Promise<void> {
  const base = `http://${request.headers.host ?? '127.0.0.1'}`;
  const url = new URL(request.url ?? '/', base);
  const search = Object.entries(searches).find(([path]) => path === url.pathname)?.[1];
  const token = search?.parameters.map((name) => url.searchParams.get(name)).find((value) => value !== null);
  const rpps = token ? rppsOf(token) : undefined;
  const { delayMs, effect } = faults.take('annuaire', rpps === undefined ? {} : { rpps });
  if (delayMs > 0) await delay(delayMs);
  if (effect?.kind === 'http-status') return void response.writeHead(effect.code).end();
  if (effect) return void request.socket.destroy();
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/fhir+json;charset=utf-8' }).end(JSON.stringify(body));
  };
  if (!search) return reply(404, operationOutcome('not-supported', 'Ressource inconnue du simulateur.'));
  if (request.method !== 'GET') return reply(405, operationOutcome('not-supported', 'Recherche par GET seulement.'));
  if (!token) return reply(400, operationOutcome('required', `Paramètre attendu : ${search.parameters[0]}.`));
  const professional = rpps === undefined ? undefined : professionals.get(rpps);
  reply(200, searchset(`${base}/fhir`, url.href, professional ? [search.build(professional)] : []));
}
