export { independent } from './independent.js';
export type { IndependentFile, IndependentMail, IndependentObject, Knock } from './independent.js';
export { MailPeers, MAILBOX_PASSWORD, OWN_DOMAINS, RELAYED_DOMAIN } from './mail-peers.js';
export type { MailPeersOptions } from './mail-peers.js';
export { MAILBOXES, mailsIn } from './mailboxes.js';
export type { Place } from './place.js';
export { prepareMailPeers } from './system-packages.js';
