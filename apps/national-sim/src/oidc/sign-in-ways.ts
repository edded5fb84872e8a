/** How people of the trial sign in: the two OpenID providers of a French hospital. */
export interface SignInWay {
  /** Path of its issuer under the one of machines. */
  readonly path: string;
  readonly title: string;
  /** Subject of its tokens for an identifier typed on its page. */
  readonly subjectOf: (identifier: string) => string;
  readonly identifierOf: (subject: string) => string;
  /** What its tokens say beside the standard claims. */
  readonly claimsOf: (identifier: string) => Readonly<Record<string, unknown>>;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

export const signInWays: readonly SignInWay[] = [
  {
    path: '/etablissement',
    title: 'Compte de l’établissement',
    subjectOf: (identifier) => identifier,
    identifierOf: (subject) => subject,
    claimsOf: () => ({}),
    acr: undefined,
    amr: ['pwd'],
  },
  {
    path: '/pro-sante-connect',
    title: 'Pro Santé Connect',
    // The technical subject says nothing: platforms must read SubjectNameID.
    subjectOf: (identifier) => `f:simulateur:${Buffer.from(identifier).toString('hex')}`,
    identifierOf: (subject) => Buffer.from(subject.replace(/^.*:/, ''), 'hex').toString(),
    claimsOf: (identifier) => ({ SubjectNameID: identifier }),
    acr: 'eidas1',
    amr: ['pin', 'pop', 'mfa'],
  },
];

/** The people that `deploy/ght.example.yaml` gives rights to. Any other identifier signs in too, and has no right. */
export const knownPeople: Readonly<Record<string, { readonly name: string; readonly work: string }>> = {
  'demo-lecteur': { name: 'Camille Rivière', work: 'lecture, un établissement' },
  'demo-operateur': { name: 'Dominique Prat', work: 'exploitation, une entité juridique' },
  'demo-identitovigilance': { name: 'Alix Fontaine', work: 'identitovigilance' },
  'demo-admin': { name: 'Sacha Vidal', work: 'administration, tout le groupement' },
};

export const isIdentifier = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z0-9._@-]{1,64}$/.test(text);
