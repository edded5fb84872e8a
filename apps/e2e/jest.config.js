import base from '../../jest.config.js';

/** The shared configuration, with one platform started before the first journey and stopped after the last. */
export default {
  ...base,
  globalSetup: '<rootDir>/dist/setup/start-platform.js',
  globalTeardown: '<rootDir>/dist/setup/stop-platform.js',
  testSequencer: '<rootDir>/dist/setup/disruptive-last.js',
  testTimeout: 60_000,
};
