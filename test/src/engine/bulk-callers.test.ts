import { compile } from '@precedent/access';
import { BULK_TYPE } from '@precedent/contract-types';
import type { BulkPreviewRequest, Grant, Principal, TaskView } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import { callerAs } from '@precedent/ports';
import type { Caller } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aBulk, act, codeOf, soon } from './bulk-world.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const aGrant = (grant: Partial<Grant>): Grant => ({
  id: 'g',
  principal: 'ann',
  role: 'operator',
  namespace: 'acme',
  project: '*',
  ...grant,
});

const aPrincipal = (grants: readonly Partial<Grant>[], name = 'ann'): Principal => ({
  name,
  kind: 'human',
  credential: `key-${name}`,
  grants: grants.map(aGrant),
});

/** Callers, and the principals behind their credentials, which a test may change. */
const aCell = async (w: World, ...principals: readonly Principal[]) => {
  const known = new Map(principals.map((principal) => [principal.credential, principal]));
  const records: object[] = [];
  const of = aBulk(w, { principals: known, record: async (facts) => void records.push(facts) });
  const as = (principal: Principal, namespace = 'acme'): Caller =>
    callerAs(compile(principal), namespace, w.now);
  const startAs = async (
    principal: Principal,
    request: Partial<BulkPreviewRequest> = {},
  ): Promise<TaskView> => {
    const { token = '' } = await soon(w, of.bulk.preview({ action: 'cancel', ...request }, as(principal)));
    return soon(w, of.bulk.start(token, as(principal)));
  };
  return { ...of, known, records, as, startAs };
};

const acme = (more: Parameters<typeof aTask>[0]) => aTask({ type: 'wait', namespace: 'acme', ...more });

describe('a caller', () => {
  it('previews what it may act on, and only that', async () => {
    const w = await world();
    const admin = { role: 'admin' } as const;
    await w.submit(
      acme({ id: 'web', project: 'web' }),
      acme({ id: 'pay', project: 'pay' }),
      acme({ id: 'secret', project: 'web', security: 'red' }),
      acme({ id: 'own', project: 'web', by: { name: 'sue', credential: 'key-sue' } }),
      aTask({ id: 'beta', namespace: 'beta' }),
    );
    const cell = await aCell(w);
    const found = async (name: string, ...grants: Partial<Grant>[]): Promise<unknown> => {
      const caller = cell.as(aPrincipal(grants, name));
      try {
        const { sample } = await soon(w, cell.bulk.preview({ action: 'cancel' }, caller));
        return sample.map(({ id }) => id);
      } catch (error) {
        return isAppError(error) ? error.code : error;
      }
    };
    expect(await found('ann', admin)).toEqual(['web', 'pay', 'own']);
    expect(await found('ann', { clearances: ['red'] })).toEqual(['web', 'pay', 'secret', 'own']);
    expect(await found('ann', { project: 'web' })).toEqual(['web', 'own']);
    expect(await found('ann', { project: 'web' }, { role: 'viewer' })).toEqual(['web', 'own']);
    expect(await found('sue', { role: 'submitter' })).toEqual(['own']);
    expect(await found('eve', { role: 'viewer' })).toBe('FORBIDDEN');
    expect(await found('eve', { role: 'admin', namespace: 'beta' })).toBe('FORBIDDEN');
  });

  it('needs for each action what the single operation needs', async () => {
    const w = await world();
    const cell = await aCell(w);
    const operator = cell.as(aPrincipal([{}]));
    expect(await codeOf(w, cell.bulk.preview({ action: 'delete' }, operator))).toBe('FORBIDDEN');
    const elsewhere = { action: 'cancel', filter: { project: 'pay' } } as const;
    const web = cell.as(aPrincipal([{ project: 'web' }]));
    expect(await codeOf(w, cell.bulk.preview(elsewhere, web))).toBe('FORBIDDEN');
  });

  it('can use its own tokens only, and in their namespace', async () => {
    const w = await world();
    await w.submit(acme({ id: 'a' }));
    const [ann, bob] = [aPrincipal([{ namespace: '*' }]), aPrincipal([{ namespace: '*' }], 'bob')];
    const cell = await aCell(w, ann, bob);
    const { token = '' } = await soon(w, cell.bulk.preview({ action: 'cancel' }, cell.as(ann)));
    expect(await codeOf(w, cell.bulk.start(token, cell.as(bob)))).toBe('INVALID_REQUEST');
    expect(await codeOf(w, cell.bulk.start(token, cell.as(ann, 'beta')))).toBe('INVALID_REQUEST');
    const demoted = cell.as({ ...ann, grants: [aGrant({ role: 'viewer' })] });
    expect(await codeOf(w, cell.bulk.start(token, demoted))).toBe('FORBIDDEN');
    expect(await soon(w, cell.bulk.start(token, cell.as(ann)))).toMatchObject({ submittedBy: 'ann' });
    expect(await codeOf(w, cell.bulk.start(token, cell.as(bob)))).toBe('INVALID_REQUEST');
  });

  it('sees the task of its set, in a project of its own', async () => {
    const w = await world();
    await w.submit(acme({ id: 'a', project: 'web' }));
    const ann = aPrincipal([{ project: 'web' }]);
    const cell = await aCell(w, ann);
    expect(await cell.startAs(ann)).toMatchObject({ project: 'web', namespace: 'acme' });
  });

  it('has at each piece the rights that it has then, and each piece is in the trail', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE] });
    await w.submit(
      acme({ id: 'web', project: 'web' }),
      acme({ id: 'pay', project: 'pay' }),
      acme({ id: 'red', project: 'web', security: 'red' }),
      acme({ id: 'seen', project: 'pay', security: 'red' }),
    );
    const ann = aPrincipal([{ clearances: ['red'] }]);
    const cell = await aCell(w, ann);
    const { id } = await cell.startAs(ann);
    const less = [
      { project: 'web', clearances: [] },
      { project: 'pay', role: 'viewer', clearances: ['red'] },
    ] as const;
    cell.known.set(ann.credential, aPrincipal(less));
    expect(await act(w, cell, { worker, id })).toEqual({
      done: 1,
      already: 0,
      refused: [{ code: 'FORBIDDEN', id: 'pay' }, { code: 'TASK_NOT_FOUND' }, { code: 'FORBIDDEN' }],
    });
    expect(cell.records).toEqual([
      {
        operation: 'task.cancel',
        namespace: 'acme',
        credential: 'key-ann',
        principal: 'ann',
        kind: 'human',
        targets: [id, 'piece 1 of 1', 'web', 'pay', 'red', 'seen'],
      },
    ]);
  });

  it('whose credential was revoked does nothing more', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE] });
    await w.submit(acme({ id: 'a' }));
    const ann = aPrincipal([{}]);
    const cell = await aCell(w, ann);
    const { id } = await cell.startAs(ann);
    cell.known.delete(ann.credential);
    expect(await act(w, cell, { worker, id })).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect(await w.stateOf('a')).toBe('queued');
  });
});
