import type { Executor, Job, JobContext, StopRequest } from '@precedent/ports';

export interface Line {
  readonly stream: 'stdout' | 'stderr' | 'log';
  readonly text: string;
}

/** One attempt for a test: its job, what it logged, and the means to stop it. */
export interface Attempt {
  readonly lines: Line[];
  readonly progress: number[];
  heartbeats: number;
  run(executor: Executor): Promise<unknown>;
  stop(request: StopRequest): void;
  /** All text of one stream so far. */
  text(stream: Line['stream']): string;
  /** Resolves when the stream's text holds `part`. */
  logged(stream: Line['stream'], part: string): Promise<void>;
}

/** An attempt at a task with the given fields; ids and numbers have defaults. */
export const anAttempt = (task: Job['task'] = {}, fields: Partial<Job> = {}): Attempt => {
  const controller = new AbortController();
  const waiting: (() => void)[] = [];
  const attempt: Attempt = {
    lines: [],
    progress: [],
    heartbeats: 0,
    run: (executor) => executor(aJob(task, fields), context),
    stop: (request) => controller.abort(request),
    text: (stream) => attempt.lines.map((line) => (line.stream === stream ? line.text : '')).join(''),
    logged: (stream, part) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (attempt.text(stream).includes(part)) resolve();
          else waiting.push(look);
        };
        look();
      }),
  };
  const context: JobContext = {
    signal: controller.signal,
    progress: (fraction) => void attempt.progress.push(fraction),
    heartbeat: () => void attempt.heartbeats++,
    log: (stream, text) => {
      attempt.lines.push({ stream, text });
      for (const look of waiting.splice(0)) look();
    },
  };
  return attempt;
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
