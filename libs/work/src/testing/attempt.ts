import type { Job, StopRequest, YieldRequest } from '@precedent/contract-types';
import type { Executor, ExecutorContext, ExecutorResume } from '@precedent/ports';
import { AttemptYield } from '../yield-signal.ts';

export interface Line {
  readonly stream: 'stdout' | 'stderr' | 'log';
  readonly text: string;
}

export interface Checkpoint {
  readonly state: unknown;
  readonly version: string;
}

/** One attempt for a test: its job, what it logged and kept, and the means to stop it. */
export interface Attempt {
  readonly checkpoints: Checkpoint[];
  /** What the code registered to be frozen by; does nothing before it did. */
  readonly control: { suspend(): Promise<boolean>; resume(): void };
  readonly lines: Line[];
  readonly progress: number[];
  heartbeats: number;
  run(executor: Executor): Promise<unknown>;
  stop(request: StopRequest): void;
  /** Asks it to yield. */
  yield(request?: YieldRequest): void;
  /** All text of one stream so far. */
  text(stream: Line['stream']): string;
  /** Resolves when the stream's text holds `part`. */
  logged(stream: Line['stream'], part: string): Promise<void>;
  /** Resolves when so many checkpoints were kept. */
  checkpointed(count: number): Promise<void>;
}

export interface AttemptOptions {
  readonly resume?: ExecutorResume;
  /** Called before a checkpoint counts as durable; what it throws, `checkpoint` throws. */
  readonly save?: (state: unknown) => Promise<void>;
}

const PREEMPTED: YieldRequest = { reason: 'preempted', deadlineMs: 60_000 };

/** An attempt at a task with the given fields; ids and numbers have defaults. */
export const anAttempt = (
  task: Job['task'] = {},
  fields: Partial<Job> = {},
  { resume, save }: AttemptOptions = {},
): Attempt => {
  const [stopping, yielding] = [new AbortController(), new AbortController()];
  const waiting: (() => void)[] = [];
  const changed = (): void => {
    for (const look of waiting.splice(0)) look();
  };
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (isSo()) resolve();
        else waiting.push(look);
      };
      look();
    });
  const attempt: Attempt = {
    lines: [],
    progress: [],
    checkpoints: [],
    heartbeats: 0,
    control: { suspend: () => Promise.resolve(false), resume: () => undefined },
    run: (executor) => executor(aJob(task, fields), context),
    stop: (request) => stopping.abort(request),
    yield: (request = PREEMPTED) => yielding.abort(request),
    text: (stream) => attempt.lines.map((line) => (line.stream === stream ? line.text : '')).join(''),
    logged: (stream, part) => until(() => attempt.text(stream).includes(part)),
    checkpointed: (count) => until(() => attempt.checkpoints.length >= count),
  };
  const context: ExecutorContext = {
    signal: stopping.signal,
    yieldSignal: yielding.signal,
    resume,
    checkpoint: async (state, { version = '', thenYield = true } = {}) => {
      await save?.(state);
      attempt.checkpoints.push({ state: JSON.parse(JSON.stringify(state)) as unknown, version });
      changed();
      if (thenYield && yielding.signal.aborted) throw new AttemptYield(PREEMPTED);
    },
    suspendable: ({ suspend, resume: thaw }) => Object.assign(attempt.control, { suspend, resume: thaw }),
    progress: (fraction) => void attempt.progress.push(fraction),
    heartbeat: () => void attempt.heartbeats++,
    log: (stream, text) => {
      attempt.lines.push({ stream, text });
      changed();
    },
  };
  return attempt;
};

/** Where the next attempt at the same task goes on. */
export const resumeAfter = (attempt: Attempt, segment = 1): AttemptOptions => {
  const last = attempt.checkpoints.at(-1);
  return last === undefined ? {} : { resume: { ...last, segment } };
};

export const aJob = (task: Job['task'] = {}, fields: Partial<Job> = {}): Job => ({
  id: 'task-1',
  epoch: 7,
  attempt: 2,
  namespace: 'default',
  project: 'default',
  type: 'command',
  task,
  ...fields,
});
