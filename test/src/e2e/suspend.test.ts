import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Child } from '@precedent/processes';
import { describe, expect, it, vi } from 'vitest';
import { canSeeProcesses, crash, processesWith } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const SUSPEND = { mode: 'suspend' } as const;
const SOON = { timeout: 20_000, interval: 20 };

/** Stopped by a signal, or in a frozen control group. */
const isHeld = (pid: number): boolean => {
  const [stat, groups] = ['stat', 'cgroup'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  return stat?.includes(') T ') === true || groups?.includes('/precedent-') === true;
};

/** A command that counts into a file, and one that takes its slot until a file exists. */
class Scene {
  readonly mark = `suspend-${randomUUID()}`;
  readonly world: World;
  readonly #folder: string;
  engine: Child;
  worker: Child;

  constructor(world: World, engine: Child, worker: Child) {
    this.world = world;
    this.#folder = world.folder;
    [this.engine, this.worker] = [engine, worker];
  }

  file(name: string): string {
    return path.join(this.#folder, `${this.mark}-${name}`);
  }

  /** What was written so far, one number a line. */
  numbers(name: string): number[] {
    const file = this.file(name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  async counted(name: string, count: number): Promise<void> {
    await vi.waitFor(() => expect(this.numbers(name).length).toBeGreaterThanOrEqual(count), SOON);
  }

  /** Counts until the file `end` is there; `more` is said in its shell first. */
  counter(name: string, end: string, more = ''): string {
    const count = `i=$((i+1)); echo $i >> ${this.file(name)}; sleep 0.02`;
    return `${more} echo $$ > ${this.file(`${name}-pid`)}; i=0; while [ ! -e ${this.file(end)} ]; do ${count}; done; echo $i`;
  }

  async state(id: string, state: string): Promise<void> {
    await vi.waitFor(async () => expect((await this.world.client.get(id)).state).toBe(state), SOON);
  }

  /** A low command is frozen, and a critical one runs in its slot. */
  async frozen(more?: string) {
    const { client } = this.world;
    const env = { E2E_MARK: this.mark };
    const command = this.counter('low', 'low-end', more);
    const low = await client.submit({ command, band: 'low', env, preemption: SUSPEND });
    await this.counted('low', 5);
    const [pid = 0] = this.numbers('low-pid');
    const critical = await client.submit({ command: this.counter('critical', 'gate'), band: 'critical' });
    await this.counted('critical', 1);
    return { low: low.id, critical: critical.id, pid };
  }

  open(name: string): void {
    writeFileSync(this.file(name), '');
  }
}

const withScene = async (use: (scene: Scene) => Promise<void>): Promise<void> => {
  await using world = await emptyWorld({
    settings: {
      PRECEDENT_EXECUTION_MAX_CONCURRENT: '1',
      PRECEDENT_EXECUTION_EXPRESS_PERCENT: '0',
      PRECEDENT_BANDS_LOW_GRACE: '2s',
    },
  });
  const scene = new Scene(world, await world.startEngine(), await world.startWorker());
  await use(scene);
};

describe.skipIf(!canSeeProcesses)('a command that an urgent task suspends', () => {
  it('stands still while the urgent task has its slot, and then continues in the same process', () =>
    withScene(async (scene) => {
      const { client } = scene.world;
      const { low, critical, pid } = await scene.frozen();
      expect(isHeld(pid)).toBe(true);
      const before = scene.numbers('low');
      expect(await client.get(low)).toMatchObject({
        state: 'preempted',
        waiting: { reason: 'preempted', detail: expect.stringContaining('suspended on worker worker-1') },
      });
      await scene.counted('critical', 30);
      expect(scene.numbers('low')).toEqual(before);
      scene.open('gate');
      expect(await client.wait(critical)).toMatchObject({ state: 'completed' });
      await scene.counted('low', before.length + 5);
      expect(scene.numbers('low-pid')).toEqual([pid]);
      scene.open('low-end');
      expect(await client.wait(low)).toMatchObject({
        state: 'completed',
        attempt: 1,
        retries: 0,
        preemptions: 1,
      });
      const numbers = scene.numbers('low');
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }));

  it('continues in the same process when the engine died meanwhile', () =>
    withScene(async (scene) => {
      const { low, pid } = await scene.frozen();
      const before = scene.numbers('low');
      await crash(scene.engine);
      await scene.world.startEngine();
      await scene.counted('critical', scene.numbers('critical').length + 20);
      expect(scene.numbers('low')).toEqual(before);
      scene.open('gate');
      await scene.counted('low', before.length + 5);
      expect(scene.numbers('low-pid')).toEqual([pid]);
      scene.open('low-end');
      expect(await scene.world.client.wait(low)).toMatchObject({ state: 'completed', attempt: 1 });
    }));

  it('gets a signal to end when it is cancelled, and can clean up', () =>
    withScene(async (scene) => {
      const { low } = await scene.frozen(`trap 'echo 1 > ${scene.file('cleaned')}; exit 0' TERM;`);
      await scene.world.client.cancel(low);
      expect(await scene.world.client.wait(low)).toMatchObject({ state: 'cancelled' });
      expect(scene.numbers('cleaned')).toEqual([1]);
      expect(processesWith(scene.mark).filter(({ command }) => command.includes('low-end'))).toEqual([]);
      scene.open('gate');
    }));

  it('is started again when its worker was killed, and none of its old processes remains', () =>
    withScene(async (scene) => {
      const { low } = await scene.frozen();
      const old = processesWith(scene.mark).map(({ pid }) => pid);
      expect(old.length).toBeGreaterThan(1);
      await crash(scene.worker);
      scene.open('gate');
      scene.worker = await scene.world.startWorker({ PRECEDENT_WORKER_NAME: 'worker-1' });
      await vi.waitFor(() => expect(scene.numbers('low-pid')).not.toContain(old[0]), SOON);
      await scene.state(low, 'running');
      const left = processesWith(scene.mark).map(({ pid }) => pid);
      expect(left.filter((pid) => old.includes(pid))).toEqual([]);
      expect(await scene.world.client.get(low)).toMatchObject({ attempt: 2 });
      scene.open('low-end');
      expect(await scene.world.client.wait(low)).toMatchObject({ state: 'completed' });
    }));
});
