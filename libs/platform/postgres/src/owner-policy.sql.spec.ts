import { describe, expect, it } from '@jest/globals';
import { ownerPolicy } from './owner-policy.sql.js';

describe('the policy of an owner', () => {
  it('enables and forces row-level security, for reading and for writing', () => {
    const sql = ownerPolicy('stay');
    expect(sql).toContain('ENABLE ROW LEVEL SECURITY');
    expect(sql).toContain('FORCE ROW LEVEL SECURITY');
    expect(sql).toMatch(/USING \(.+\) WITH CHECK \(.+\)/);
  });

  it.each(['Stay', 'stay; DROP TABLE x', '', 'a-b'])('refuses the name %j', (name) => {
    expect(() => ownerPolicy(name)).toThrow(TypeError);
    expect(() => ownerPolicy('stay', { establishmentColumn: name || ' ' })).toThrow(TypeError);
  });
});
