import { z } from 'zod';

/** Who is signed in, as the console's server says it. */
export const sessionSchema = z.object({
  subject: z.string(),
  name: z.string().nullish(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  csrfToken: z.string(),
});
export type Session = z.output<typeof sessionSchema>;

export const providersSchema = z.object({ items: z.array(z.object({ id: z.string(), label: z.string() })) });

export const hasRole = (session: Pick<Session, 'roles'>, ...wanted: readonly string[]): boolean =>
  wanted.some((role) => session.roles.includes(role));
