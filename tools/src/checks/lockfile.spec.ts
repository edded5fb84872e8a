import { describe, expect, it } from '@jest/globals';
import { looseVersions } from './lockfile.js';

describe('versions in a manifest', () => {
  it('are accepted when exact, aliases and pre-releases included', () => {
    const dependencies = { a: '1.2.3', b: '18.4.0-beta.17', c: 'npm:typescript@7.0.2', d: 'npm:@typescript/x@6.0.2' };
    expect(looseVersions({ dependencies })).toEqual([]);
  });

  it.each(['^1.2.3', '~1.2.3', '1.2', '*', 'latest', 'npm:x@^1.0.0', 'git+https://example.org/x.git', '>=1.0.0'])(
    'are named when they are like %s, wherever they stand',
    (version) => {
      expect(looseVersions({ devDependencies: { a: version } })).toEqual([`a ${version}`]);
      expect(looseVersions({ optionalDependencies: { a: version } })).toEqual([`a ${version}`]);
    },
  );
});
