import { z } from 'zod';
import type { EventContract } from './event-contract.js';

/** As much of JSON Schema (2020-12) as payloads use. */
export interface PayloadSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, PayloadSchema>>;
  readonly required?: readonly string[];
  readonly items?: PayloadSchema;
  readonly anyOf?: readonly PayloadSchema[];
  readonly [keyword: string]: unknown;
}

/** JSON Schema of a payload as a reader takes it: fields that it does not know are ignored. */
export function payloadSchema(contract: EventContract): PayloadSchema {
  return z.toJSONSchema(contract.schema, {
    io: 'input',
    // A format says it all; its pattern is the validator's, and changes with it.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  }) as PayloadSchema;
}

/**
 * Why `after` may not follow `before` under the same event type; empty when it may. Readers and writers of both versions run side
 * by side during a deployment, so only new optional fields pass. Each problem names its path. Pure.
 */
export function incompatibilities(before: PayloadSchema, after: PayloadSchema, path = ''): string[] {
  if (before.anyOf && after.anyOf && before.anyOf.length === after.anyOf.length)
    return before.anyOf.flatMap((option, index) => incompatibilities(option, after.anyOf?.[index] ?? {}, path));
  if (before.items && after.items)
    return [...differences(before, after, path), ...incompatibilities(before.items, after.items, `${path}[]`)];
  return [...differences(before, after, path), ...fieldProblems(before, after, path)];
}

const structural = new Set(['properties', 'required', 'items', 'description']);

function differences(before: PayloadSchema, after: PayloadSchema, path: string): string[] {
  const keywords = new Set(
    [...Object.keys(before), ...Object.keys(after)].filter((keyword) => !structural.has(keyword)),
  );
  return [...keywords]
    .filter((keyword) => JSON.stringify(before[keyword]) !== JSON.stringify(after[keyword]))
    .map((keyword) => `${path || 'payload'}: ${keyword} changed`);
}

function fieldProblems(before: PayloadSchema, after: PayloadSchema, path: string): string[] {
  const known = before.properties ?? {};
  const now = after.properties ?? {};
  const requiredBefore = new Set(before.required);
  const requiredNow = new Set(after.required);
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const ofKnown = Object.entries(known).flatMap(([name, schema]) => {
    const next = now[name];
    if (!next) return [`${at(name)}: removed`];
    const changed = requiredBefore.has(name) === requiredNow.has(name) ? [] : [`${at(name)}: required changed`];
    return [...changed, ...incompatibilities(schema, next, at(name))];
  });
  const ofNew = Object.keys(now)
    .filter((name) => !(name in known) && requiredNow.has(name))
    .map((name) => `${at(name)}: new and required`);
  return [...ofKnown, ...ofNew];
}
