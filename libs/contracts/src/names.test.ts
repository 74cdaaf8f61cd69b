import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { namesOf } from './names.ts';
import { labelsSchema, resourcesSchema, taskSpecSchema } from './task-spec.ts';
import { helloSchema } from './worker-protocol.ts';

const named = (): unknown => JSON.parse('{"a":"1","__proto__":"2"}');
const fieldsOf = (schema: z.ZodType, value: unknown): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('names with values', () => {
  it('refuse `__proto__`, which a record would drop, wherever a task names something', () => {
    expect(fieldsOf(labelsSchema, named())).toEqual(['__proto__']);
    expect(fieldsOf(resourcesSchema, { labels: named() })).toEqual(['labels.__proto__']);
    expect(fieldsOf(taskSpecSchema, { command: 'c', env: named(), labels: named() })).toEqual([
      'env.__proto__',
      'labels.__proto__',
    ]);
    expect(fieldsOf(helloSchema.pick({ labels: true }), { labels: named() })).toEqual(['labels.__proto__']);
  });

  it('accept every other name, also names that objects inherit', () => {
    const labels = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' };
    expect(labelsSchema.parse(labels)).toEqual(labels);
    expect(taskSpecSchema.parse({ command: 'c' })).toEqual({ command: 'c' });
  });

  it('have the JSON schema of a record', () => {
    expect(
      z.object({ a: namesOf(z.string(), z.number()).optional() }).toJSONSchema({ io: 'input' }),
    ).toMatchObject({
      properties: { a: { type: 'object', additionalProperties: { type: 'number' } } },
    });
  });
});
