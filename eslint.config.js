import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Allow-lists: what a project may import. A project's tags stand in its package.json under "nx". */
const depConstraints = [
  { sourceTag: 'type:kernel', onlyDependOnLibsWithTags: ['type:kernel'], allowedExternalImports: [] },
  { sourceTag: 'type:core', onlyDependOnLibsWithTags: ['type:core', 'type:kernel'], allowedExternalImports: [] },
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:kernel'], allowedExternalImports: ['zod'] },
  {
    sourceTag: 'type:codec',
    onlyDependOnLibsWithTags: ['type:codec', 'type:kernel'],
    allowedExternalImports: ['fontkit', 'libxml2-wasm', 'pdfkit', 'xml-crypto', 'yauzl', 'yazl'],
  },
  {
    sourceTag: 'type:platform',
    onlyDependOnLibsWithTags: ['type:platform', 'type:codec', 'type:contracts', 'type:kernel'],
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: ['type:core', 'type:codec', 'type:contracts', 'type:platform', 'type:kernel'],
  },
  {
    sourceTag: 'type:web',
    onlyDependOnLibsWithTags: ['type:kernel'],
    allowedExternalImports: [
      '@mantine/*',
      '@tabler/icons-react',
      '@tanstack/react-query',
      '@vitejs/plugin-react',
      'pdfjs-dist',
      'pdfjs-dist/**',
      'react',
      'react-dom',
      'react-dom/*',
      'react-router',
      'vite',
      'zod',
    ],
  },
  { sourceTag: 'type:sim', onlyDependOnLibsWithTags: ['type:codec', 'type:platform', 'type:kernel'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:codec', 'type:platform', 'type:kernel', 'type:tool'] },
  {
    sourceTag: 'type:tool',
    onlyDependOnLibsWithTags: ['type:codec', 'type:platform', 'type:kernel', 'type:contracts'],
  },
  { sourceTag: 'scope:identity', onlyDependOnLibsWithTags: ['scope:identity', 'scope:shared'] },
  { sourceTag: 'scope:documents', onlyDependOnLibsWithTags: ['scope:documents', 'scope:shared'] },
  { sourceTag: 'scope:dmp', onlyDependOnLibsWithTags: ['scope:dmp', 'scope:shared'] },
  { sourceTag: 'scope:mss', onlyDependOnLibsWithTags: ['scope:mss', 'scope:shared'] },
  { sourceTag: 'scope:indicators', onlyDependOnLibsWithTags: ['scope:indicators', 'scope:shared'] },
  { sourceTag: 'scope:console', onlyDependOnLibsWithTags: ['scope:console', 'scope:shared'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
];

/** Tests of a constrained project may also use the test libraries and Node itself; nothing else is opened to them. */
const testLibraries = ['@jest/globals', 'fast-check', 'pdfjs-dist/**', 'supertest'];
const depConstraintsOfTests = depConstraints.map((constraint) =>
  constraint.allowedExternalImports
    ? { ...constraint, allowedExternalImports: [...constraint.allowedExternalImports, ...testLibraries] }
    : constraint,
);
const boundaries = (constraints) => [
  'error',
  { enforceBuildableLibDependency: false, allow: [], depConstraints: constraints },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.pfi/**'] },
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs', '**/*.js'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(depConstraints),
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      eqeqeq: ['error', 'always'],
    },
  },
  {
    // Nx does not look at Node's own modules: the pure projects are kept from them here.
    files: ['libs/{health,contracts,identity,documents,dmp,mss,indicators}/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'Pure TypeScript: no I/O here.' }] },
      ],
    },
  },
  {
    // A test configuration extends the one of the workspace, which belongs to no project; photographs of pages need a browser.
    files: ['**/jest.config.js', 'apps/console/web/screens/*.mjs'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(depConstraintsOfTests) },
  },
);
