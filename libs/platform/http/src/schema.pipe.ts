import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { bodyInvalid, HttpProblem, pointerOf, type FieldProblem } from './problem.js';

const MAX_ERRORS = 20;
const checked = new WeakSet<object>();

/**
 * Applies the zod schema of a parameter: `@Body({ schema })`, `@Query({ schema })`, `@Param('id', { schema })`. A body schema must
 * refuse unknown fields at every level (`z.strictObject`), else the first request fails.
 */
export class SchemaPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { schema, type } = metadata;
    if (!schema) return value;
    if (type === 'body' && schema instanceof z.ZodType) demandStrict(schema);
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    const errors = result.issues.slice(0, MAX_ERRORS).map((issue): FieldProblem => {
      const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
      return { pointer: pointerOf(path), text: issue.message };
    });
    const { pointer = '', text = '' } = errors[0] ?? {};
    if (type === 'body') throw bodyInvalid(text, pointer, errors);
    throw new HttpProblem(400, 'PARAMETER_INVALID', text, { pointer: metadata.data ?? pointer, errors });
  }
}

/** Does a schema let unknown fields through anywhere? */
export function acceptsUnknownFields(schema: z.ZodType): boolean {
  const isLoose = (node: unknown): boolean => {
    if (node === null || typeof node !== 'object') return false;
    if ('properties' in node && !('additionalProperties' in node)) return true;
    return Object.values(node).some(isLoose);
  };
  return isLoose(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

function demandStrict(schema: z.ZodType): void {
  if (checked.has(schema)) return;
  if (acceptsUnknownFields(schema)) throw new TypeError('a body schema must use z.strictObject at every level');
  checked.add(schema);
}
