import { compile, scopeOf } from '@precedent/access';
import type { Grant, WhyView } from '@precedent/contract-types';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { Caller, ClientApi, OrProblem } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const aCaller = (w: World, name: string, grant: Partial<Grant>): Caller => {
  const whole = {
    id: 'g',
    principal: name,
    role: 'admin',
    namespace: 'acme',
    project: '*',
    ...grant,
  } as const;
  const principal = compile({ name, kind: 'human', credential: `key-${name}`, grants: [whole] });
  const scope = scopeOf(principal, 'read', 'acme', w.now);
  if (scope === undefined) throw new Error(`${name} reads nothing`);
  return { principal, scope };
};

const ask = <T>(
  w: World,
  caller: Caller,
  call: (api: ClientApi, reply: (answer: T) => void) => void,
): Promise<T> => w.ask<T>((api, reply) => call(api.forCaller(caller), reply));

const submit = (w: World, caller: Caller, spec: Parameters<typeof aTask>[0]) =>
  ask<readonly object[]>(w, caller, ({ tasks }, reply) => tasks.submit([{ task: aTask(spec) }], reply));

const why = (w: World, id: string) =>
  w.ask<OrProblem<WhyView>>((api, reply) => api.explanations.why(id, reply));

const SECRET = { namespace: 'acme', security: 'secret' } as const;

/** A labelled task among others, somebody who is cleared, and somebody who is not. */
const setup = async () => {
  const w = await world();
  await w.submit(
    aTask({ id: 'plain', namespace: 'acme' }),
    aTask({ id: 'labelled', ...SECRET, idempotencyKey: 'nightly' }),
    aTask({ id: 'other', namespace: 'acme', security: 'health' }),
  );
  const cleared = aCaller(w, 'ann', { clearances: ['secret'] });
  return { w, cleared, uncleared: aCaller(w, 'bob', {}) };
};

describe('a task with a security label', () => {
  it('is listed for those who are cleared for it, also when the list is cut', async () => {
    const { w, cleared, uncleared } = await setup();
    const listed = (caller: Caller, filter = {}) =>
      ask<object>(w, caller, ({ tasks }, reply) => tasks.list(filter, reply));
    expect(await listed(cleared)).toMatchObject({ tasks: [{ id: 'plain' }, { id: 'labelled', ...SECRET }] });
    expect(await listed(uncleared)).toMatchObject({ tasks: [{ id: 'plain' }], truncated: false });
    await w.submit(aTask({ id: 'later', namespace: 'acme' }));
    const cut = await listed(uncleared, { limit: 2 });
    expect(cut).toMatchObject({ tasks: [{ id: 'plain' }, { id: 'later' }] });
  });

  it('does not exist for others, whatever they do with it', async () => {
    const { w, cleared, uncleared } = await setup();
    const about = (caller: Caller) =>
      Promise.all([
        ask<object>(w, caller, ({ tasks }, reply) => tasks.get('labelled', reply)),
        ask<object>(w, caller, ({ explanations }, reply) => explanations.why('labelled', reply)),
        ask<object>(w, caller, ({ tasks }, reply) => tasks.cancel({ id: 'labelled', reason: '' }, reply)),
        ask<object>(w, caller, ({ tasks }, reply) =>
          tasks.delete({ id: 'labelled', namespace: 'acme' }, reply),
        ),
      ]);
    const message = 'no task of namespace acme has the id labelled';
    for (const answer of await about(uncleared))
      expect(answer).toEqual({ error: { code: 'TASK_NOT_FOUND', message } });
    expect(await about(cleared)).toMatchObject([
      { id: 'labelled' },
      { task: { id: 'labelled' } },
      { state: 'cancelled' },
      { deleted: true },
    ]);
  });

  it('is submitted by those who are cleared, and the refusal of others names no label', async () => {
    const { w, cleared, uncleared } = await setup();
    expect(await submit(w, cleared, SECRET)).toMatchObject([{ id: expect.any(String) }]);
    const [refused] = await submit(w, uncleared, SECRET);
    expect(refused).toMatchObject({
      error: { code: 'FORBIDDEN', message: expect.stringContaining('is cleared for the security label') },
    });
    expect(JSON.stringify(refused)).not.toContain('secret');
    const dry = await ask<object>(w, uncleared, ({ explanations }, reply) =>
      explanations.dryRun(aTask(SECRET), reply),
    );
    expect(dry).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('is not named to others who use its idempotency key', async () => {
    const { w, cleared, uncleared } = await setup();
    const same = { type: 'other', idempotencyKey: 'nightly' };
    const [refused] = await submit(w, uncleared, same);
    expect(refused).toMatchObject({ error: { code: 'IDEMPOTENCY_CONFLICT' } });
    expect(JSON.stringify(refused)).not.toContain('labelled');
    expect(await submit(w, cleared, same)).toMatchObject([{ error: { details: { id: 'labelled' } } }]);
  });

  it('keeps its label after a recovery, from the journal and from a snapshot', async () => {
    const { w } = await setup();
    expect(await w.get('labelled')).toMatchObject({ security: 'secret' });
    await w.restart();
    expect(await w.get('labelled')).toMatchObject({ security: 'secret' });
    expect(await w.get('plain')).not.toHaveProperty('security');
  });
});

describe('a worker', () => {
  it('gets the tasks that it is cleared for, and those without a label', async () => {
    const { w } = await setup();
    const worker = await w.worker({ slots: 9, clearances: ['secret'] });
    expect(worker.assigned.map(({ id }) => id)).toEqual(['plain', 'labelled']);
    expect(await why(w, 'other')).toMatchObject({
      task: { waiting: { reason: 'no_worker', detail: 'no worker is cleared for health' } },
    });
  });

  it('that is cleared for no label gets none, even when it is the only one', async () => {
    const { w } = await setup();
    const worker = await w.worker({ slots: 9 });
    expect(worker.assigned.map(({ id }) => id)).toEqual(['plain']);
    const all = await w.worker({ worker: 'w2', slots: 9, clearances: ['*'] });
    expect(all.assigned.map(({ id }) => id)).toEqual(['labelled', 'other']);
  });

  it('gives no slot to a labelled task that preempts, unless it is cleared', async () => {
    const w = await world({ preemption: DEFAULT_POLICY });
    const uncleared = await w.worker({ worker: 'w1' });
    const cleared = await w.worker({ worker: 'w2', clearances: ['secret'] });
    await w.submit(aTask({ id: 'a', band: 'low' }), aTask({ id: 'b', band: 'low' }));
    await w.advance(1_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical', security: 'secret' }));
    expect(uncleared.stops).toEqual([]);
    expect(cleared.stops).toHaveLength(1);
  });
});
