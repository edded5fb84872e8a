import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HttpProblem } from './problem.js';
import { parseStrictJson } from './strict-json.js';

function refusal(text: string): string {
  try {
    parseStrictJson(text);
  } catch (error) {
    return error instanceof HttpProblem ? `${error.code} ${error.pointer}` : String(error);
  }
  return 'accepted';
}

describe('parseStrictJson', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        fc.pre(!/__proto__|\\u0000|\\ud[89a-f]/i.test(text));
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('B-60 refuses __proto__, also written with an escape, with its pointer', () => {
    expect(refusal('{"a":{"__proto__":{"x":1}}}')).toBe('BODY_INVALID /a/__proto__');
    expect(refusal('{"\\u005f_proto__":1}')).toBe('BODY_INVALID /__proto__');
  });

  it('B-60 refuses duplicate keys, also when one is escaped', () => {
    expect(refusal('[{"a":1,"b":2,"a":3}]')).toBe('BODY_INVALID /0/a');
    expect(refusal('{"a/b":1,"\\u0061/b":2}')).toBe('BODY_INVALID /a~1b');
    expect(refusal('{"a":{"x":1},"b":{"x":1}}')).toBe('accepted');
  });

  it('B-60 refuses numbers beyond a double, NUL and lone surrogates', () => {
    expect(refusal('{"a":[1,1e400]}')).toBe('BODY_INVALID /a/1');
    expect(refusal('{"a":-1e999}')).toBe('BODY_INVALID /a');
    expect(refusal('{"a":"x\\u0000y"}')).toBe('BODY_INVALID /a');
    expect(refusal('{"a":"\\ud800"}')).toBe('BODY_INVALID /a');
    expect(refusal('{"a":"\\ud83d\\ude00 \\" \\\\"}')).toBe('accepted');
  });

  it('B-60 accepts 32 levels, refuses 33 and 500 000', () => {
    expect(refusal('['.repeat(32) + ']'.repeat(32))).toBe('accepted');
    expect(refusal('['.repeat(34) + ']'.repeat(34))).toMatch(/^BODY_INVALID/);
    expect(refusal('['.repeat(500_000) + ']'.repeat(500_000))).toMatch(/^BODY_INVALID/);
  });

  it('B-60 refuses what is not JSON and never echoes it', () => {
    for (const text of ['', '{', "{'a':1}", '{"a":1,}', 'NaN', '{"a":01}', 'CANARI']) {
      expect(refusal(text)).toBe('BODY_INVALID ');
    }
  });

  it('reads a text of 10 MB with many escapes in one pass', () => {
    const text = JSON.stringify({ a: '"\\'.repeat(2_500_000), b: 1 });
    expect(refusal(text)).toBe('accepted');
  });
});
