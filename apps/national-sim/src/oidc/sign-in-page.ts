import { knownPeople, type SignInWay } from './sign-in-ways.js';

const style = `body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#161616;background:#f4f6f8}
main{max-width:26rem;margin:10vh auto 0;padding:2rem;background:#fff;border:1px solid #ccd3da;border-radius:8px}
h1{margin:0 0 .5rem;font-size:1.3rem}p{margin:.5rem 0}label{display:block;margin-top:1rem;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.6rem;font:inherit;border:1px solid #5b6770;border-radius:4px}
button{margin-top:1rem;width:100%;padding:.7rem;font:inherit;color:#fff;background:#0b5394;border:0;border-radius:4px;cursor:pointer}
:focus-visible{outline:3px solid #f2a900;outline-offset:2px}ul{padding-left:1.2rem}[role=alert]{color:#a00;font-weight:600}`;

const page = (title: string, content: string): string => `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`;

/** The form of a simulated provider: an identifier, no password. */
export function signInPage(way: SignInWay, action: string, refused = false): string {
  const people = Object.entries(knownPeople).map(
    ([identifier, { name, work }]) => `<li><code>${identifier}</code> : ${name} (${work})</li>`,
  );
  return page(
    `${way.title} (simulé)`,
    `<p>Fournisseur d’identité de démonstration : aucun mot de passe n’est demandé.</p>
<form method="post" action="${action}">
${refused ? '<p role="alert">Cet identifiant n’est pas de la forme attendue.</p>' : ''}
<label for="identifiant">Identifiant</label>
<input id="identifiant" name="identifiant" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<button type="submit">Se connecter</button>
</form>
<p>Personnes de la démonstration :</p><ul>${people.join('')}</ul>`,
  );
}

/** Goes on by itself: who left the platform has no second question to answer here. */
export function signOutPage(form: string): string {
  return page(
    'Déconnexion',
    `${form}<button form="op.logoutForm" name="logout" value="yes">Continuer</button>
<script>document.querySelector('button').click();</script>`,
  );
}

export const signedOutPage = (): string => page('Déconnexion', '<p>Vous êtes déconnecté.</p>');

/** What the provider refused, in its own words: for whoever sets up a client. */
export const errorPage = (error: string, text = ''): string =>
  page('Connexion impossible', `<p><code>${plain(error)}</code> ${plain(text)}</p>`);

const plain = (text: string): string => text.replaceAll(/[<>&"']/g, ' ');
