import { Router } from 'express';
import { z } from 'zod';
import type { Professionals } from '../annuaire/professionals.js';

const professionalSchema = z.strictObject({ addresses: z.array(z.email()).max(20) });

/** Who the Annuaire Santé knows. */
export function annuaireRoutes(professionals: Professionals): Router {
  const router = Router();
  router.put('/professionals/:rpps', async (request, response) => {
    const { rpps } = request.params;
    const parsed = professionalSchema.safeParse(request.body);
    if (!parsed.success || !/^\d{11}$/.test(rpps)) {
      response.status(400).json({
        code: 'PROFESSIONAL_INVALID',
        title: 'Professionnel incorrect.',
        issues: parsed.error?.issues ?? [{ path: ['rpps'], message: '11 chiffres attendus' }],
      });
      return;
    }
    await professionals.set({ rpps, addresses: parsed.data.addresses });
    response.status(204).end();
  });
  return router;
}
