import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limit } from './limiting.ts';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const USERS = ['a', 'b', 'c'] as const;
const BAND_NAMES = ['low', 'normal', 'critical'] as const;
const LIMITS = { all: 4, user: 2 } as const;
const RATE = { limit: 3, per: 1_000, burst: 2 } as const;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('submit'), user: fc.nat(2), band: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('complete'), nth: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail'), nth: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel'), nth: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash'), snapshot: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The cell under test, and what its worker has seen. */
class Scene {
  readonly w: World;
  readonly worker: ScriptedWorker;
  readonly users = new Map<string, string>();

  constructor(w: World, worker: ScriptedWorker) {
    this.w = w;
    this.worker = worker;
  }

  async run(one: Step): Promise<void> {
    const running = [...this.worker.running.keys()];
    if ('user' in one) await this.#submit(one.user, one.band);
    else if ('ms' in one) await this.w.advance(one.ms);
    else if ('snapshot' in one) await this.#crash(one.snapshot);
    else if (one.do === 'cancel') {
      const id = [...this.users.keys()][one.nth];
      if (id !== undefined) await this.w.cancel(id);
    } else {
      const id = running[one.nth % Math.max(1, running.length)];
      if (id !== undefined) await (one.do === 'fail' ? this.worker.fail(id) : this.worker.complete(id));
    }
    await this.w.settle();
    this.check();
  }

  async #submit(user: number, band: number): Promise<void> {
    const id = `t${this.users.size}`;
    this.users.set(id, USERS[user] ?? 'a');
    await this.w.submit(
      aTask({ id, payload: { user: USERS[user] }, band: BAND_NAMES[band], retry: { max: 1, delay: 100 } }),
    );
  }

  async #crash(snapshot: boolean): Promise<void> {
    const taken = snapshot ? this.w.engine.cell?.snapshots.take() : undefined;
    await this.w.settle();
    await taken;
    this.w.crash();
    await this.w.restart();
    await this.worker.hello();
  }

  /** No limit is exceeded, and the holders are the leases of the worker. */
  check(): void {
    const running = [...this.worker.running.keys()].toSorted();
    expect(running.length).toBeLessThanOrEqual(LIMITS.all);
    for (const user of USERS)
      expect(running.filter((id) => this.users.get(id) === user).length).toBeLessThanOrEqual(LIMITS.user);
    for (const name of ['all', 'user', 'rate']) {
      const keys = [...(this.w.engine.cell?.limits.get(`default/${name}`)?.keys.values() ?? [])];
      expect(keys.flatMap(({ holders }) => [...holders.values()]).toSorted(), name).toEqual(running);
    }
    this.#checkRate();
  }

  /** By the times in the journal: a start is seen here only after time has passed. */
  #checkRate(): void {
    const starts = this.w.records().flatMap(({ kind, at }) => (kind === 'leased' ? [at] : []));
    for (const from of starts) {
      const within = starts.filter((at) => at >= from && at < from + RATE.per).length;
      expect(within).toBeLessThanOrEqual(RATE.limit + RATE.burst - 1);
    }
  }

  /** Ends everything that starts, until nothing is open: a task that waits for ever would be left. */
  async drain(): Promise<void> {
    for (let turn = 0; turn < 400; turn++) {
      for (const id of this.worker.running.keys()) await this.worker.complete(id);
      await this.w.advance(200);
      this.check();
      if ((this.w.engine.cell?.state.table.open ?? 0) === 0) return;
    }
    throw new Error(`${this.w.engine.cell?.state.table.open} tasks wait for ever`);
  }
}

describe('limits under random work', () => {
  it('are never exceeded, have the leases as holders, and leave no task waiting, over crashes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const w = await world();
        await limit(w, 'all', { concurrency: LIMITS.all });
        await limit(w, 'user', { key: 'payload.user', concurrency: LIMITS.user });
        await limit(w, 'rate', { rate: RATE });
        const scene = new Scene(w, await w.worker({ slots: 20 }));
        for (const one of steps) await scene.run(one);
        await scene.drain();
      }),
      { numRuns: 60 },
    );
  });
});
