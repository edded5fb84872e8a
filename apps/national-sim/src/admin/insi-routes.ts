import { Router } from 'express';
import { z } from 'zod';
import type { CivilRegistry } from '../insi/civil-registry.js';
import type { InsiCall } from '../insi/insi-server.js';

const insSchema = z.strictObject({ matricule: z.string().length(15), oid: z.string().min(1) });

const personSchema = z.strictObject({
  ins: insSchema,
  history: z.array(insSchema).default([]),
  traits: z.strictObject({
    birthName: z.string().min(1),
    birthGivenNames: z.string().min(1),
    firstGivenName: z.string().min(1).optional(),
    sex: z.enum(['M', 'F']),
    birthDate: z.iso.date(),
    birthPlace: z.string().length(5).optional(),
  }),
});

/** Who the national bases know, and the calls that came. */
export function insiRoutes(registry: CivilRegistry, calls: readonly InsiCall[]): Router {
  const router = Router();
  router.get('/calls', (_request, response) => {
    response.json({ items: calls, next: null });
  });
  router.post('/persons', async (request, response) => {
    const parsed = personSchema.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ code: 'PERSON_INVALID', title: 'Personne incorrecte.', issues: parsed.error.issues });
      return;
    }
    await registry.register(parsed.data as Parameters<CivilRegistry['register']>[0]);
    response.status(201).end();
  });
  return router;
}
