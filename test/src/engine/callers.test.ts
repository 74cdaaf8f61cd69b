import { compile, scopeOf } from '@precedent/access';
import type { Grant, PrincipalKind } from '@precedent/contract-types';
import type { Caller, ClientApi } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;

const aGrant = (grant: Partial<Grant>): Grant => ({
  id: 'g',
  principal: 'ann',
  role: 'operator',
  namespace: 'acme',
  project: '*',
  ...grant,
});

const aCaller = (
  w: World,
  grants: readonly Partial<Grant>[],
  name = 'ann',
  kind: PrincipalKind = 'human',
): Caller => {
  const principal = compile({ name, kind, credential: `key-${name}`, grants: grants.map(aGrant) });
  const namespace = grants[0]?.namespace ?? 'acme';
  return {
    principal,
    scope: scopeOf(principal, 'read', namespace, w.now) ?? { namespace, projects: [], clearances: [] },
  };
};

/** The one answer to a request of a caller. */
const ask = <T>(
  w: World,
  caller: Caller,
  call: (api: ClientApi, reply: (answer: T) => void) => void,
): Promise<T> => w.ask<T>((api, reply) => call(api.forCaller(caller), reply));

const get = (w: World, caller: Caller, id: string) =>
  ask<object>(w, caller, ({ tasks }, reply) => tasks.get(id, reply));

/** A caller chooses ids of its own namespace. */
const submit = (w: World, caller: Caller, ...specs: Parameters<typeof aTask>[0][]) =>
  ask<readonly object[]>(w, caller, ({ tasks }, reply) =>
    tasks.submit(
      specs.map((spec) => ({ task: aTask(spec) })),
      reply,
    ),
  );

const notFound = (id: string) => ({
  error: { code: 'TASK_NOT_FOUND', message: `no task of namespace acme has the id ${id}` },
});

describe('a caller of one namespace', () => {
  it('submits into its namespace, and the task says by whom', async () => {
    const w = await world();
    const caller = aCaller(w, [{}]);
    expect(await submit(w, caller, { id: 'acme--own' })).toMatchObject([{ id: 'acme--own' }]);
    expect(await get(w, caller, 'acme--own')).toMatchObject({ namespace: 'acme', submittedBy: 'ann' });
  });

  it('is refused a task that names another namespace, and the others of the list are taken', async () => {
    const w = await world();
    const answers = await submit(
      w,
      aCaller(w, [{}]),
      { id: 'acme--a' },
      { id: 'acme--b', namespace: 'beta' },
    );
    expect(answers).toMatchObject([
      { id: 'acme--a' },
      { error: { code: 'INVALID_REQUEST', issues: [{ field: 'namespace' }] } },
    ]);
    await expect(w.get('acme--b')).rejects.toThrow('TASK_NOT_FOUND');
  });

  it('is refused an id that another namespace could choose or guess', async () => {
    const w = await world();
    expect(await submit(w, aCaller(w, [{}]), { id: 'nightly' })).toMatchObject([
      { error: { code: 'INVALID_TASK', issues: [{ field: 'id' }] } },
    ]);
  });

  it('gets the same answer for the task of another namespace as for one that does not exist', async () => {
    const w = await world();
    const worker = await w.worker();
    for (const id of ['waits', 'settled', 'deleted']) await w.submit(aTask({ id, namespace: 'beta' }));
    await worker.complete('settled', 1);
    await worker.complete('deleted', 1);
    await w.delete('deleted', { namespace: 'beta' });
    const caller = aCaller(w, [{}]);
    for (const id of ['waits', 'settled', 'deleted', 'nothing']) {
      expect(await get(w, caller, id)).toEqual(notFound(id));
      const waited = ask<object>(w, caller, ({ tasks }, reply) => tasks.wait(id, 60_000, reply));
      expect(await waited).toEqual(notFound(id));
      const cancelled = ask<object>(w, caller, ({ tasks }, reply) =>
        tasks.cancel({ id, reason: 'no' }, reply),
      );
      expect(await cancelled).toEqual(notFound(id));
      const request = { id, namespace: 'acme' };
      const removed = ask<object>(w, caller, ({ tasks }, reply) => tasks.delete(request, reply));
      expect(await removed).toEqual(notFound(id));
    }
    expect(await w.get('waits')).toMatchObject({ state: 'running' });
  });

  it('lists its own tasks only, whatever namespace it names', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', namespace: 'acme' }), aTask({ id: 'b', namespace: 'beta' }));
    const listed = (filter: object) =>
      ask<object>(w, aCaller(w, [{}]), ({ tasks }, reply) => tasks.list(filter, reply));
    expect(await listed({})).toMatchObject({ tasks: [{ id: 'a' }] });
    expect(await listed({ namespace: 'beta' })).toEqual({ tasks: [], truncated: false });
  });

  it('sees the projects of its grants only', async () => {
    const w = await world();
    await w.submit(
      aTask({ id: 'web', namespace: 'acme', project: 'web' }),
      aTask({ id: 'pay', namespace: 'acme', project: 'pay' }),
    );
    const caller = aCaller(w, [{ project: 'web' }]);
    expect(await get(w, caller, 'pay')).toEqual(notFound('pay'));
    expect(await ask(w, caller, ({ tasks }, reply) => tasks.list({}, reply))).toMatchObject({
      tasks: [{ id: 'web' }],
    });
  });
});

describe('what a caller may do with a task that it sees', () => {
  const cancel = (w: World, caller: Caller, id: string) =>
    ask<object>(w, caller, ({ tasks }, reply) => tasks.cancel({ id, reason: 'no' }, reply));

  it('is to cancel its own as a submitter, and those of others as an operator', async () => {
    const w = await world();
    const [ann, bob] = [aCaller(w, [{ role: 'submitter' }]), aCaller(w, [{ role: 'submitter' }], 'bob')];
    await submit(w, ann, { id: 'acme--a' });
    await submit(w, ann, { id: 'acme--b' });
    expect(await cancel(w, bob, 'acme--a')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await cancel(w, ann, 'acme--a')).toMatchObject({ id: 'acme--a', state: 'cancelled' });
    expect(await cancel(w, aCaller(w, [{}], 'eve'), 'acme--b')).toMatchObject({ state: 'cancelled' });
  });

  it('is not to delete it without being an admin', async () => {
    const w = await world();
    const worker = await w.worker();
    await submit(w, aCaller(w, [{}]), { id: 'acme--a' });
    await worker.complete('acme--a', 1);
    const remove = (caller: Caller) =>
      ask<object>(w, caller, ({ tasks }, reply) => tasks.delete({ id: 'acme--a', namespace: 'acme' }, reply));
    expect(await remove(aCaller(w, [{}]))).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await remove(aCaller(w, [{ role: 'admin' }]))).toEqual({ id: 'acme--a', deleted: true });
  });
});

describe('a task that another principal submits again', () => {
  it('is the same task', async () => {
    const w = await world();
    await submit(w, aCaller(w, [{}]), { id: 'acme--a', idempotencyKey: 'nightly' });
    const bob = aCaller(w, [{}], 'bob');
    expect(await submit(w, bob, { id: 'acme--a', idempotencyKey: 'nightly' })).toMatchObject([
      { id: 'acme--a', duplicate: true },
    ]);
    expect(await submit(w, bob, { idempotencyKey: 'nightly' })).toMatchObject([
      { id: 'acme--a', duplicate: true },
    ]);
  });
});

describe('the budget of critical tasks', () => {
  it('is refused with a time when it is spent, and is there again after an hour', async () => {
    const w = await world();
    const caller = (): Caller => aCaller(w, [{ criticalPerHour: 2 }]);
    await submit(w, caller(), { id: 'acme--a', band: 'critical' });
    await w.advance(60_000);
    await submit(w, caller(), { id: 'acme--b', band: 'critical' });
    const refused = await submit(w, caller(), { id: 'acme--c', band: 'critical' });
    expect(refused).toMatchObject([{ error: { code: 'BUDGET_SPENT', retryAfterMs: HOUR - 60_000 } }]);
    expect(await submit(w, caller(), { id: 'acme--d', band: 'high' })).toMatchObject([{ id: 'acme--d' }]);
    await w.advance(HOUR - 60_000);
    expect(await submit(w, caller(), { id: 'acme--c', band: 'critical' })).toMatchObject([{ id: 'acme--c' }]);
  });

  it('is not spent by a task that was there already', async () => {
    const w = await world();
    const caller = (): Caller => aCaller(w, [{ criticalPerHour: 2 }]);
    await submit(w, caller(), { id: 'acme--a', band: 'critical' });
    await submit(w, caller(), { id: 'acme--a', band: 'critical' });
    expect(await submit(w, caller(), { id: 'acme--b', band: 'critical' })).toMatchObject([{ id: 'acme--b' }]);
  });
});

describe('a caller of one project', () => {
  it('depends on no task that it does not see, and gets the same answer as for none', async () => {
    const w = await world();
    await submit(w, aCaller(w, [{}]), { id: 'acme--a', project: 'web' }, { id: 'acme--b', project: 'app' });
    const ofWeb = aCaller(w, [{ project: 'web' }], 'bob');
    const behind = (task: string) => ({ project: 'web', dependsOn: [{ task }] });
    const missing = (id: string) => ({
      error: { code: 'DEPENDENCY_NOT_FOUND', message: `no task of the namespace has the id ${id}` },
    });
    expect(await submit(w, ofWeb, behind('acme--a'), behind('acme--b'), behind('acme--c'))).toMatchObject([
      { id: expect.any(String) as unknown },
      missing('acme--b'),
      missing('acme--c'),
    ]);
  });
});
