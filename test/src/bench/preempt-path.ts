import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { monotonicMs } from './clock.ts';
import { withLog } from './journal.ts';
import type { PassingMs } from './programs/path-listener.ts';
import type { PathWorkerResult } from './programs/path-worker.ts';
import type { Figures } from './stats.ts';
import { percentile } from './stats.ts';
import { TASKS } from './tasks.ts';
import { runningIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const SLOTS = 10;
/** More than there are victims: each is one once. */
const LOW_TASKS = 400;
/** Not counted: until the code is compiled. */
const WARM_UP = 60;
const MARKS = 100;
const EVERY_MS = 103;
const RAW = { stream: 'BENCH_RAW', subject: 'bench.raw' };
const ECHO = 'bench.echo';

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const worker = await world.program<PathWorkerResult>('path-worker', { slots: SLOTS });
    await client.submitMany(
      Array.from({ length: LOW_TASKS }, () => LOW),
      { door: 'ask' },
    );
    await waitFor(client, SLOTS, runningIn);
    const listener = await world.program<PassingMs>('path-listener', {});
    const sent = await sendMarks(client, WARM_UP + MARKS);
    const ceiling = await ceilingOf(world, client);
    const moments = { ...(await listener.stop()), ...(await worker.stop()) };
    return { metrics: stepsOf(sent.slice(WARM_UP), moments), ceiling };
  });

const LOW = {
  type: TASKS.hold,
  band: 'low',
  payload: {},
  preemption: { mode: 'at_checkpoint', exempt: 0, maxPreemptions: 20 },
} as const;

/** Critical tasks, one after the other. Resolves to the moments at which they were handed to the client. */
const sendMarks = async (client: Client, count: number): Promise<readonly number[]> => {
  const sent: number[] = [];
  for (let i = 0; i < count; i++) {
    sent.push(monotonicMs());
    const { id } = await client.submit({ type: TASKS.mark, band: 'critical' }, { door: 'ask' });
    await client.result(id);
    await pause(EVERY_MS);
  }
  return sent;
};

type Moments = PassingMs & PathWorkerResult;

/** The p50 of each step of the path of a mark: from one moment to the next one. */
const stepsOf = (sent: readonly number[], moments: Moments): Figures => {
  const { submittedMs, signalledMs, requestedMs, leftMs, reportedMs, startedMs } = moments;
  const ways = sent.map((at) => {
    const path = [at];
    for (const next of [submittedMs, signalledMs, requestedMs, leftMs, reportedMs, startedMs])
      path.push(next.find((moment) => moment > at) ?? Number.NaN);
    return path;
  });
  const p50 = (from: number, to: number): number =>
    percentile(
      ways.map((path) => (path[to] ?? Number.NaN) - (path[from] ?? Number.NaN)),
      0.5,
    );
  return {
    total_ms: p50(0, STEPS.length),
    ...Object.fromEntries(STEPS.map((step, at) => [`${step}_ms`, p50(at, at + 1)])),
  };
};

const STEPS = ['submit', 'decide', 'signal', 'leave', 'report', 'start'] as const;

/**
 * What NATS needs for the same messages: `submit`, `decide` and `report` are one way each, half of a request with its reply; `leave` is a
 * request that is answered after an append, and `start` has as many trips. `signal` has no ceiling: the worker reads it while the listener does.
 */
const ceilingOf = async (world: World, client: Client): Promise<Figures> => {
  const request = await requestMs(world, client);
  const append = await withLog({ url: world.url, ...RAW }, (log) =>
    timed((n) => log.append(JSON.stringify({ n }), n)),
  );
  const [oneWay, journalled] = [request / 2, request + append];
  const steps = {
    submit_ms: oneWay,
    decide_ms: oneWay,
    leave_ms: journalled,
    report_ms: oneWay,
    start_ms: journalled,
  };
  const total = Object.values(steps).reduce((sum, ms) => sum + ms, 0);
  return { total_ms: total, ...steps, request_ms: request, append_ms: append };
};

const requestMs = async (world: World, { link }: Client): Promise<number> => {
  const echo = await world.program('echo', { subject: ECHO, bytes: 100 });
  const ms = await timed((n) => link.request(ECHO, JSON.stringify({ n }), { timeout: 5_000 }));
  await echo.kill();
  return ms;
};

/** The p50 of `send`, one after the other, so close that nothing is cold: after a pause of a mark one request takes several times as long. */
const timed = async (send: (n: number) => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + MARKS; n++) {
    const startedAt = performance.now();
    await send(n);
    times.push(performance.now() - startedAt);
    await pause(EVERY_MS / 10);
  }
  return percentile(times.slice(WARM_UP), 0.5);
};

export const preemptPath: Bench = {
  about:
    'the steps of a preemption, p50 of each: submit, decide, signal, leave, report, start; for comparison the requests and appends of NATS that each needs',
  run,
};
