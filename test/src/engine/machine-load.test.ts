import type { DryRunView, MachineLoad, WhyView } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const READINGS = { cpu: 0.94, memory: 0.4, disk: 0.2, ioWait: 0 };
const THRESHOLDS = { cpu: 0.8, memory: 0.8, disk: 0.9, ioWait: 0.3 };
const CRITICAL: MachineLoad = {
  ...READINGS,
  level: 'critical',
  recommended: 3,
  throttled: ['low', 'normal'],
  thresholds: THRESHOLDS,
};

/** A cell with one worker of ten slots whose machine is busy. */
const setup = async (load: MachineLoad = CRITICAL) => {
  const w = await world({ preemption: DEFAULT_POLICY });
  const worker = await w.worker({ slots: 10 });
  w.api.workers.load(worker.session, load);
  await w.settle();
  const submit = async (band: Band): Promise<string> => (await w.submit(aTask({ band })))[0] ?? '';
  return { w, worker, submit };
};

const why = async (w: World, id: string): Promise<WhyView> =>
  (await w.ask((api, reply) => api.explanations.why(id, reply as never))) as unknown as WhyView;

describe('a worker whose machine is busy', () => {
  it('accepts a task of a higher band than all its running ones at once', async () => {
    const { w, submit } = await setup();
    const low = await submit('low');
    expect(await w.stateOf(low)).toBe('running');
    const normal = await submit('normal');
    expect(await w.stateOf(normal)).toBe('running');
  });

  it('fills its slots with urgent work, whatever runs', async () => {
    const { w, worker, submit } = await setup();
    for (let n = 0; n < 4; n++) await submit('critical');
    for (let n = 0; n < 6; n++) await submit('high');
    expect(worker.ids).toHaveLength(10);
    expect((await w.status()).bands.high.running).toBe(6);
  });

  it('gets no task that is not of a higher band, and every interface explains that with the readings', async () => {
    const { w, submit } = await setup();
    await submit('normal');
    const id = await submit('normal');
    const text = 'worker w1 takes nothing new of normal: machine load critical, CPU 94 %';
    expect((await w.get(id)).waiting).toEqual({ reason: 'machine_load', detail: text });
    const view = await why(w, id);
    expect(view.reasons).toEqual([text]);
    expect(view).not.toHaveProperty('startsInMs');
    const dryRun = await w.ask<DryRunView>((api, reply) =>
      api.explanations.dryRun(aTask({ band: 'normal' }), reply as never),
    );
    expect(dryRun).toEqual({ outcome: 'machine_load', explanation: text, candidates: [] });
    const urgent = await w.ask<DryRunView>((api, reply) =>
      api.explanations.dryRun(aTask({ band: 'high' }), reply as never),
    );
    expect(urgent).toMatchObject({ outcome: 'starts', startsOn: 'w1' });
  });

  it('shows the recommended number of tasks where that makes a task wait', async () => {
    const { w, submit } = await setup({ ...CRITICAL, level: 'elevated', recommended: 1, throttled: [] });
    await submit('normal');
    const { waiting } = await w.get(await submit('normal'));
    expect(waiting?.detail).toBe(
      'worker w1 takes nothing new of normal: machine load elevated, CPU 94 %, 1 of 1 tasks at once',
    );
  });

  it('gets the waiting tasks as soon as its machine is idle again', async () => {
    const { w, worker, submit } = await setup();
    await submit('normal');
    const id = await submit('normal');
    expect(await w.stateOf(id)).toBe('queued');
    w.api.workers.load(worker.session, {
      ...CRITICAL,
      cpu: 0.06,
      level: 'normal',
      recommended: 10,
      throttled: [],
    });
    await w.settle();
    expect(await w.stateOf(id)).toBe('running');
  });

  it('shows its load with its readings and thresholds', async () => {
    const { w } = await setup();
    expect(await w.workers()).toMatchObject([{ id: 'w1', load: CRITICAL }]);
  });

  it('is known to be busy to a new engine from its first hello', async () => {
    const { w, worker, submit } = await setup();
    worker.load = CRITICAL;
    await submit('normal');
    w.crash();
    await w.restart();
    await worker.hello();
    expect(await w.stateOf(await submit('normal'))).toBe('queued');
    expect(await w.workers()).toMatchObject([{ load: { level: 'critical' } }]);
  });
});
