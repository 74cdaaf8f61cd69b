import { sha256 } from '@precedent/ports';
import { DEFAULT_POLICY, decide, decideRecorded, takes } from '@precedent/scheduling';
import type { Running, Snapshot, Waiting } from '@precedent/scheduling';
import { snapshotOf } from '../scheduling-snapshot.ts';
import type { CellSize } from '../scheduling-snapshot.ts';
import { percentile } from '../stats.ts';
import type { Figures } from '../stats.ts';
import { program } from './program.ts';

export interface DecideParams {
  readonly measure: 'ms' | 'bytes';
  readonly ways: readonly Way[];
  readonly size: Omit<CellSize, 'seed'>;
  readonly rounds: number;
}

/** `rule`: as it is. `recorded`: as the engine calls it. `plain`: the least that a choice of victims can be. */
export type Way = 'rule' | 'recorded' | 'plain';

export interface DecideResult {
  /** Of each requested way. */
  readonly figures: Readonly<Partial<Record<Way, Figures>>>;
  /** Of a round, on average. */
  readonly decisions: number;
  readonly taking: number;
}

/** As many different snapshots, so that the compiled code is not specialised for one of them. */
const SNAPSHOTS = 32;
const WARM_UP = 500;
const ROUNDS_PER_COLLECTION = 10;

type Decide = (snapshot: Snapshot) => unknown;

const rule: Decide = (snapshot) => decide(snapshot, DEFAULT_POLICY);

/** Also records the input of each decision, from which it can be reproduced. */
const recorded: Decide = (snapshot) => decideRecorded(snapshot, DEFAULT_POLICY, { sha256, wanted: takes });

/** For each head the lowest and youngest of those that run where it could. */
const plain: Decide = ({ waiting, workers }) => {
  const byId = new Map(workers.map(({ id, running }) => [id, running]));
  return waiting.map((head) => {
    let best: Running | undefined;
    for (const id of head.eligible) {
      const running = byId.get(id) ?? [];
      for (let at = 0; at < running.length; at++) {
        const task = running[at];
        if (task !== undefined && isBetter(task, best, head)) best = task;
      }
    }
    return best?.id;
  });
};

const isBetter = (task: Running, best: Running | undefined, { base, domain }: Waiting): boolean => {
  if (task.base >= base || task.domain !== domain || task.phase !== 'running') return false;
  if (best === undefined || task.base < best.base) return true;
  return task.base === best.base && task.startedAt > best.startedAt;
};

const WAYS: Readonly<Record<Way, Decide>> = { rule, recorded, plain };

program(async ({ measure, ways, size, rounds }: DecideParams, { ready, go }): Promise<DecideResult> => {
  const snapshots = Array.from({ length: SNAPSHOTS }, (_, seed) => snapshotOf({ ...size, seed }));
  ready();
  await go;
  const figuresOf = measure === 'ms' ? msOf : bytesOf;
  const decisions = snapshots.flatMap((snapshot) => decide(snapshot, DEFAULT_POLICY));
  return {
    figures: Object.fromEntries(ways.map((way) => [way, figuresOf(WAYS[way], snapshots, rounds)])),
    decisions: decisions.length / SNAPSHOTS,
    taking: decisions.filter(takes).length / SNAPSHOTS,
  };
});

/** Calls it over and over, and gives the milliseconds of each call. */
const play = (decideOne: Decide, snapshots: readonly Snapshot[], count: number): number[] => {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const snapshot = snapshots[at % snapshots.length];
    if (snapshot === undefined) continue;
    const startedAt = performance.now();
    decideOne(snapshot);
    times.push(performance.now() - startedAt);
  }
  return times;
};

const msOf = (decideOne: Decide, snapshots: readonly Snapshot[], rounds: number): Figures => {
  play(decideOne, snapshots, Math.min(rounds, WARM_UP));
  const times = play(decideOne, snapshots, rounds);
  return { p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) };
};

/** With a young generation that is larger than what is made between two collections, so that nothing is collected meanwhile. */
const bytesOf = (decideOne: Decide, snapshots: readonly Snapshot[], rounds: number): Figures => {
  play(decideOne, snapshots, Math.min(rounds, WARM_UP));
  const samples: number[] = [];
  for (let done = 0; done < rounds; done += ROUNDS_PER_COLLECTION) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    play(decideOne, snapshots, ROUNDS_PER_COLLECTION);
    samples.push((process.memoryUsage().heapUsed - before) / ROUNDS_PER_COLLECTION);
  }
  return { bytes_per_round: percentile(samples, 0.5) };
};
