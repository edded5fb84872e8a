/**
 * One Jest configuration for every project; each project is run with its own --rootDir.
 * Libraries are read from source through the private export condition, so tests never need a build.
 */
export default {
  testEnvironment: 'node',
  // A hang ends a test; a busy machine does not: real servers share the cores with the tests.
  testTimeout: 60_000,
  testEnvironmentOptions: { customExportConditions: ['@pfi/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  modulePathIgnorePatterns: ['/dist/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
