import type { SubmitReply } from '@precedent/contract-types';
import { seededRandom } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { Answer, World } from './world.ts';

const submitted = (w: World, id: string): Answer<readonly SubmitReply[]> =>
  w.send((api, reply) => api.tasks.submit([{ task: aTask({ id }) }], reply));

const idsInJournal = (w: World): readonly string[] =>
  w.records().flatMap((record) => (record.kind === 'submitted' ? [record.id] : []));

describe('a journal that is unavailable for a while', () => {
  it.each(['before', 'after'] as const)(
    'loses nothing and doubles nothing: answer lost %s it landed',
    async (when) => {
      const w = await world();
      w.host.journal.failNext(when);
      const answers = ['a', 'b', 'c'].map((id) => submitted(w, id));
      await w.settle();
      expect(answers.flatMap(({ all }) => all)).toEqual([]);
      await w.advance(2_000);
      expect(answers.map(({ value }) => value)).toMatchObject([[{ id: 'a' }], [{ id: 'b' }], [{ id: 'c' }]]);
      expect(idsInJournal(w)).toEqual(['a', 'b', 'c']);
      expect(w.engine.state).toBe('running');
    },
  );

  it('continues in the old order when the connection is back', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 10 });
    const order: string[] = [];
    const submit = (id: string): void =>
      w.api.tasks.submit([{ task: aTask({ id }) }], () => void order.push(id));
    w.host.journal.cut();
    for (const id of ['a', 'b', 'c', 'd']) {
      submit(id);
      await w.advance(1_000);
    }
    expect([order, worker.ids]).toEqual([[], []]);
    w.host.journal.heal();
    await w.advance(2_000);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(idsInJournal(w)).toEqual(['a', 'b', 'c', 'd']);
    expect(worker.ids).toEqual(['a', 'b', 'c', 'd']);
    expect(w.events('journal.restored').length).toBeGreaterThan(0);
  });

  it('lets tasks start that came in meanwhile as soon as it is back, without another request', async () => {
    const w = await world();
    const worker = await w.worker({ beats: false });
    w.host.journal.cut();
    w.send((api, reply) => api.tasks.submit([{ task: aTask({ type: 'other' }) }], reply));
    await w.advance(100);
    submitted(w, 'a');
    await w.advance(10);
    w.host.journal.heal();
    await w.advance(500);
    expect(worker.ids).toEqual(['a']);
  });

  it('is retried less and less often, but at least once a second', async () => {
    const w = await world();
    w.host.journal.cut();
    submitted(w, 'a');
    await w.advance(2_000);
    const early = w.events('journal.unavailable').length;
    await w.advance(10_000);
    const late = w.events('journal.unavailable').length - early;
    expect(late).toBeGreaterThanOrEqual(9);
    expect(late).toBeLessThanOrEqual(11);
  });

  it('lets no lease be assigned while it is unavailable', async () => {
    const w = await world();
    w.host.journal.cut();
    submitted(w, 'a');
    await w.advance(100);
    const worker = w.send((api, reply) => {
      const offer = {
        worker: 'w',
        version: '1',
        types: ['report'],
        pools: ['default'],
        labels: {},
        resources: {},
      };
      api.workers.hello({ ...offer, session: 's', slots: 1, running: [] }, reply);
    });
    await w.advance(1_000);
    expect(worker.all).toEqual([]);
    expect(w.engine.cell?.state.table.get('a')?.state).toBe('queued');
  });

  it('neither loses, doubles nor reorders a record under random faults', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const w = await world();
      const order: string[] = [];
      for (let i = 0; i < 25; i++) {
        if (random.chance(0.4)) w.host.journal.failNext(random.pick(['before', 'after']), random.int(1, 3));
        if (random.chance(0.1)) w.host.journal.cut(random.int(0, 2));
        w.api.tasks.submit([{ task: aTask({ id: `t${i}` }) }], () => void order.push(`t${i}`));
        if (random.chance(0.5)) await w.advance(random.int(0, 60));
        w.host.journal.heal();
      }
      await w.advance(20_000);
      const all = Array.from({ length: 25 }, (_, i) => `t${i}`);
      expect(order, `seed ${seed}`).toEqual(all);
      expect(idsInJournal(w), `seed ${seed}`).toEqual(all);
      expect(plainState(await w.rebuilt('journal')), `seed ${seed}`).toEqual(w.memory());
    }
  });
});

describe('an append of an old owner that lands after the epoch of the new one', () => {
  /**
   * Two appends of the old owner are on their way when the new one begins. The first is refused, because an epoch stands in
   * its place; the second is taken, because with that epoch the number of entries is what it expects.
   */
  const overtaken = async () => {
    const w = await world({ started: false });
    const old = await w.start(w.make('e1', {}, { countsOnly: true }));
    const worker = await w.worker();
    await w.submit(aTask({ id: 'before' }));
    await worker.complete('before');
    old.carrier.hold();
    const answers = [submitted(w, 'first')];
    await w.settle();
    answers.push(submitted(w, 'second'));
    await w.settle();
    expect(old.carrier.held).toBe(2);
    await w.leases.release('main', 'e1');

    const fresh = w.make('e2');
    fresh.carrier.hold();
    const started = fresh.engine.start();
    await w.settle();
    // Its first epoch lands and is answered; its second is on its way.
    for (let i = 0; i < 2; i++) {
      fresh.carrier.step();
      await w.settle();
    }
    const seq = w.journal.last;
    old.carrier.release();
    await w.settle();
    expect(w.journal.last).toBe(seq + 1);
    expect(w.journal.entries.at(-1)?.text).toContain('"second"');
    fresh.carrier.release();
    await w.settle();
    await started;
    w.host = fresh;
    return { w, old, worker, answers };
  };

  it('is never answered, assigned or published by the old owner, which steps down', async () => {
    const { w, old, worker, answers } = await overtaken();
    await w.advance(5_000);
    expect(old.engine.state).toBe('error');
    expect(answers.flatMap(({ all }) => all)).toEqual([]);
    expect(worker.ids).toEqual(['before']);
    expect(w.feed.events.filter(({ id }) => id !== 'before')).toEqual([]);
  });

  it('is ignored by the new owner, and by every later one', async () => {
    const { w } = await overtaken();
    for (let round = 0; round < 2; round++) {
      for (const id of ['first', 'second'])
        await expect(w.get(id)).rejects.toThrow(`no task has the id ${id}`);
      expect(plainState(await w.rebuilt('journal'))).toEqual(w.memory());
      w.crash();
      await w.restart('e2');
    }
  });

  it('does not prevent its submitter from submitting again', async () => {
    const { w, worker } = await overtaken();
    const answers = await w.offer({ task: aTask({ id: 'first' }) }, { task: aTask({ id: 'second' }) });
    expect(answers).toMatchObject([{ id: 'first' }, { id: 'second' }]);
    expect(answers.some((answer) => 'duplicate' in answer)).toBe(false);
    await worker.hello();
    expect(worker.ids).toEqual(['before', 'first']);
    w.crash();
    await w.restart('e2');
    expect([await w.stateOf('first'), await w.stateOf('second')]).toEqual(['running', 'queued']);
  });
});
