import { expect, test } from 'vitest';
import { BUILTIN_TYPES, payloadJsonSchemas } from './builtin.ts';

test('the names of the built-in types never change', () => {
  expect(Object.keys(BUILTIN_TYPES)).toEqual([
    'http',
    'document.process',
    'vectors.update',
    'text.process',
    'vector.compute',
    'model.infer',
    'storage.put',
    'storage.get',
    'storage.copy',
    'storage.delete',
    'storage.list',
    'report.generate',
    'data.export',
    'system.maintenance',
    'vectors.reembed',
    'system.bulk',
  ]);
});

test.each(Object.entries(BUILTIN_TYPES))(
  'the example of %s is a valid payload, and every form has a schema',
  (_, type) => {
    const [first] = type.schemas;
    expect(first.safeParse(type.example).error?.issues).toBeUndefined();
    for (const form of payloadJsonSchemas(type)) expect(form).toMatchObject({ type: 'object' });
  },
);
