import { BULK_ACTIONS, RIGHTS } from '@precedent/contract-types';
import { isErrorCode } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ACCESS_OPERATIONS } from './access.ts';
import { ENGINE_OPERATIONS } from './engine.ts';
import { HISTORY_OPERATIONS } from './history.ts';
import type { Operation } from './operation.ts';
import { SEARCH_OPERATIONS } from './search.ts';
import { SUBMIT_OPERATIONS } from './submissions.ts';
import { WEBHOOK_OPERATIONS } from './webhooks.ts';

const CATALOGUES = [
  SUBMIT_OPERATIONS,
  ENGINE_OPERATIONS,
  ACCESS_OPERATIONS,
  HISTORY_OPERATIONS,
  SEARCH_OPERATIONS,
  WEBHOOK_OPERATIONS,
];
const all: readonly (readonly [string, Operation])[] = CATALOGUES.flatMap((operations) =>
  Object.values<Operation>(operations).map((each) => [`${each.group}.${each.verb}`, each] as const),
);
const named = (chosen: (operation: Operation) => boolean): string[] =>
  all.filter(([, operation]) => chosen(operation)).map(([name]) => name);

interface Json {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
}

/** Whether a path such as `tasks[].error` exists in a reply. */
const hasPath = (schema: z.ZodType, path: string): boolean => {
  const root = z.toJSONSchema(schema, { io: 'input' }) as Json;
  const resolved = (json: Json | undefined): Json | undefined =>
    json?.$ref === undefined ? json : root.$defs?.[json.$ref.replace('#/$defs/', '')];
  const steps = path.replaceAll('[]', '.[]').split('.');
  const end = steps.reduce(
    (json, step) => resolved(step === '[]' ? json?.items : json?.properties?.[step]),
    resolved(root),
  );
  return end !== undefined;
};

describe('the catalogue of operations', () => {
  it('grants this to a caller that may only read in a namespace', () => {
    expect(named(({ right, reach }) => right === 'read' && reach === 'namespace')).toEqual([
      'task.get',
      'task.list',
      'task.counts',
      'task.wait',
      'task.why',
      'history.get',
      'history.list',
      'history.stats',
      'history.events',
      'history.feed',
      'history.logs',
      'history.search',
      'search.find',
      'search.seen',
      'search.diff',
      'search.predict',
      'search.recommend',
      'search.failures',
      'search.recall',
      'search.documents',
      'search.collections',
    ]);
  });

  it('requires a grant of the whole cell for these', () => {
    expect(named(({ right, reach }) => right === 'read' && reach === 'cell')).toEqual([
      'task.decisions',
      'task.workers',
      'task.status',
      'history.decisions',
      'history.status',
      'search.status',
    ]);
    expect(named(({ right, reach }) => right !== 'read' && reach === 'cell')).toEqual([
      'access.audit',
      'history.rebuild',
      'history.optimise',
      'history.copy',
    ]);
  });

  it('requires more than read for these in a namespace', () => {
    const rights = RIGHTS.filter((right) => right !== 'read').map(
      (wanted) => [wanted, named(({ right, reach }) => right === wanted && reach === 'namespace')] as const,
    );
    expect(Object.fromEntries(rights)).toEqual({
      submit: ['submit.submit', 'task.retry', 'task.dryRun', 'search.resolve', 'search.remember'],
      control: ['task.cancel', 'task.reband', 'task.bulkPreview', 'task.bulkStart'],
      approve: [],
      administer: [
        'task.delete',
        'task.deleteForgotten',
        'access.keys',
        'access.createKey',
        'access.rotateKey',
        'access.revokeKey',
        'access.grants',
        'access.addGrant',
        'access.removeGrant',
        'access.signers',
        'access.addSigner',
        'access.removeSigner',
        'webhooks.create',
        'webhooks.list',
        'webhooks.get',
        'webhooks.update',
        'webhooks.remove',
        'webhooks.rotate',
        'webhooks.deliveries',
        'webhooks.redeliver',
        'webhooks.test',
      ],
      work: [],
    });
  });

  it('marks as mutating what changes something, and never what a reader may do', () => {
    expect(named(({ mutates }) => mutates)).toEqual([
      'submit.submit',
      'task.cancel',
      'task.retry',
      'task.reband',
      'task.delete',
      'task.deleteForgotten',
      'task.bulkStart',
      'access.createKey',
      'access.rotateKey',
      'access.revokeKey',
      'access.addGrant',
      'access.removeGrant',
      'access.addSigner',
      'access.removeSigner',
      'history.rebuild',
      'history.optimise',
      'history.copy',
      'search.resolve',
      'search.remember',
      'webhooks.create',
      'webhooks.update',
      'webhooks.remove',
      'webhooks.rotate',
      'webhooks.redeliver',
      'webhooks.test',
    ]);
  });

  it('requires for many tasks what the operation on one requires', () => {
    const rights = Object.entries(BULK_ACTIONS).map(([action, { right }]) => [`task.${action}`, right]);
    expect(rights).toEqual(rights.map(([name]) => [name, all.find(([of]) => of === name)?.[1].right]));
  });

  it.each(all)('%s has a sentence, known errors, and untrusted paths that its reply has', (_, operation) => {
    const { summary, errors, reply, untrusted } = operation;
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(errors.filter((code) => !isErrorCode(code))).toEqual([]);
    expect(errors).toContain('INVALID_REQUEST');
    expect(untrusted.filter((path) => !hasPath(reply, path))).toEqual([]);
  });

  it.each(all)('%s can be published as JSON schemas', (_, { request, reply }) => {
    for (const schema of [request, reply])
      expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ $schema: expect.any(String) });
  });
});
