import base from './jest.config.js';

/** The journeys of mail, with Postfix and Dovecot in place of the simulated operator. */
export default {
  ...base,
  globalSetup: '<rootDir>/dist/setup/start-mail-peers.js',
  globalTeardown: '<rootDir>/dist/setup/stop-mail-peers.js',
};
