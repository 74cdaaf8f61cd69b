import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from './probe.ts';
import { service, startAll, stopAll } from './service.ts';
import type { Service } from './service.ts';

interface World {
  readonly steps: string[];
  phase: 'idle' | 'opening' | 'open' | 'closing' | 'closed';
}

/** A service that takes its time, and complains when two of its steps overlap or repeat. */
const watched = (scheduler: fc.Scheduler, failing: 'open' | 'close' | 'nothing') => {
  const world: World = { steps: [], phase: 'idle' };
  const step = async (
    name: 'open' | 'close',
    from: readonly World['phase'][],
    during: World['phase'],
  ): Promise<void> => {
    if (!from.includes(world.phase)) world.steps.push(`${name} while ${world.phase}`);
    world.phase = during;
    world.steps.push(name);
    await scheduler.schedule(Promise.resolve(), name);
    world.phase = name === 'open' ? 'open' : 'closed';
    if (failing === name) throw new Error(`${name} failed`);
  };
  const watch = service({
    name: 'watched',
    open: () => step('open', ['idle'], 'opening'),
    close: () => step('close', ['open'], 'closing'),
  });
  return { world, watch };
};

type Call = 'start' | 'stop';
const calls = fc.array(fc.constantFrom<Call>('start', 'stop'), { minLength: 1, maxLength: 12 });
const failures = fc.constantFrom('open' as const, 'close' as const, 'nothing' as const);

describe('a service in a storm of starts and stops', () => {
  it('runs once at most, leaves nothing running after the last stop, and no caller waiting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), calls, failures, async (scheduler, storm, failing) => {
        const { world, watch } = watched(scheduler, failing);
        let answered = 0;
        const call = async (what: Call): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), what);
          const outcome = await watch[what]().then(
            () => 'resolved',
            () => 'rejected',
          );
          answered++;
          if (what === 'start' && outcome === 'resolved') expect(world.phase).not.toBe('opening');
          if (what === 'stop') expect(['idle', 'closed']).toContain(world.phase);
        };
        const all = Promise.all([...storm, 'stop' as const].map(call));
        await scheduler.waitFor(all);
        expect(answered).toBe(storm.length + 1);
        expect(world.steps.join(' ')).toMatch(/^(open close)?$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a service', () => {
  const steps = { open: () => Promise.resolve(), close: () => Promise.resolve() };

  it('lets a second start join the first, and fail with it', async () => {
    let opened = 0;
    const one = service({
      ...steps,
      name: 'one',
      open: () => {
        opened++;
        return Promise.reject(new Error('no disk'));
      },
    });
    await expect(Promise.allSettled([one.start(), one.start()])).resolves.toMatchObject([
      { reason: { message: 'no disk' } },
      { reason: { message: 'no disk' } },
    ]);
    expect(opened).toBe(1);
  });

  it('refuses to start once it was stopped', async () => {
    const one = service({ ...steps, name: 'one' });
    await one.stop();
    await expect(one.start()).rejects.toThrow('service one was stopped');
  });

  it('cleans up after an open that failed', async () => {
    let closed = 0;
    const close = (): Promise<void> => Promise.resolve(void closed++);
    const one = service({ name: 'one', open: () => Promise.reject(new Error('half open')), close });
    await expect(one.start()).rejects.toThrow('half open');
    await one.stop();
    expect(closed).toBe(1);
  });

  it('never closes during an open, not even when open itself calls stop', async () => {
    const finish = new Probe();
    const seen: string[] = [];
    let stopped: Promise<void> | undefined;
    const one: Service = service({
      name: 'one',
      open: async () => {
        stopped = one.stop();
        await finish.next();
        seen.push('opened');
      },
      close: () => Promise.resolve(void seen.push('closed')),
    });
    const started = one.start();
    finish.hit();
    await started;
    await stopped;
    expect(seen).toEqual(['opened', 'closed']);
  });

  it('rejects, rather than throws, when a step throws', async () => {
    const fail = (): never => {
      throw new Error('at once');
    };
    const one = service({ name: 'one', open: fail, close: fail });
    await expect(one.start()).rejects.toThrow('at once');
    await expect(one.stop()).rejects.toThrow('at once');
  });
});

/** Services that write down what is done to them; the ones named in `failing` fail at it. */
const logged = (names: readonly string[], failing: readonly string[] = []) => {
  const log: string[] = [];
  const act = (what: string, name: string) => (): Promise<void> => {
    log.push(`${what} ${name}`);
    return failing.includes(`${what} ${name}`)
      ? Promise.reject(new Error(`${name} failed`))
      : Promise.resolve();
  };
  return {
    log,
    services: names.map((name) => service({ name, open: act('open', name), close: act('close', name) })),
  };
};

describe('services together', () => {
  it('start in order and stop in reverse', async () => {
    const { log, services } = logged(['a', 'b', 'c']);
    await startAll(services);
    await stopAll(services);
    expect(log).toEqual(['open a', 'open b', 'open c', 'close c', 'close b', 'close a']);
  });

  it('roll back when one fails, and say why', async () => {
    const { log, services } = logged(['a', 'b', 'c'], ['open b']);
    await expect(startAll(services)).rejects.toThrow('b failed');
    expect(log).toEqual(['open a', 'open b', 'close b', 'close a']);
  });

  it('say why the start failed also when the roll-back fails too', async () => {
    const { log, services } = logged(['a', 'b'], ['open b', 'close a']);
    await expect(startAll(services)).rejects.toThrow('b failed');
    expect(log).toEqual(['open a', 'open b', 'close b', 'close a']);
  });

  it('all stop, whichever fails to, and the first error is thrown', async () => {
    const { log, services } = logged(['a', 'b', 'c'], ['close c', 'close a']);
    await startAll(services);
    await expect(stopAll(services)).rejects.toThrow('c failed');
    expect(log.slice(3)).toEqual(['close c', 'close b', 'close a']);
  });
});
