import { catalogue } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from './document.ts';
import { ROUTED } from '../routes.ts';

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const document = openApiDocument('1.0.0') as unknown as Document;

describe('the OpenAPI document', () => {
  it('describes every operation at its route, with the statuses of its errors', () => {
    for (const { name, method, path, operation } of ROUTED) {
      const described = document.paths[`/api/v1${path}`]?.[method.toLowerCase()];
      expect([name, described?.operationId]).toEqual([name, name.replace('.', '_')]);
      const statuses = operation.errors.map((code) => String(catalogue[code].http));
      expect(Object.keys(described?.responses ?? {})).toEqual(expect.arrayContaining(statuses));
    }
  });

  it('refers only to schemas that it has, and each is used', () => {
    const text = JSON.stringify(document);
    const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name));
    expect([...used].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
    expect(text).not.toContain('$defs');
  });

  it('requires the fields of a path, and puts those of a GET into the query and those of a POST into the body', () => {
    const get = document.paths['/api/v1/tasks/{id}']?.['get'];
    expect(get?.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true },
      { name: 'namespace', in: 'query' },
      { name: 'If-None-Match', in: 'header' },
    ]);
    const list = document.paths['/api/v1/tasks']?.['get'];
    expect(list?.parameters?.map(({ name }) => name)).toContain('state');
    const cancel = document.paths['/api/v1/tasks/{id}/cancel']?.['post'];
    expect(cancel?.requestBody?.content['application/json']?.schema).toMatchObject({
      properties: { reason: { type: 'string' } },
    });
  });
});
