import { spawn, spawnSync } from 'node:child_process';
import { openSync, readSync } from 'node:fs';
import type { Handler, JobContext } from '../worker/handler.ts';

/** Handlers that do not leave when they are requested to. Each reports progress when it is inside of what it does not leave. */

const inside = ({ progress }: JobContext): void => progress(0.5);
const never = (): Promise<never> => new Promise(() => undefined);

/** Works for a minute without a break. */
export const busyLoop: Handler = (_, context) => {
  inside(context);
  const end = performance.now() + 60_000;
  let count = 0;
  while (performance.now() < end) count++;
  return Promise.resolve(count);
};

export const endlessLoop: Handler = (_, context) => {
  inside(context);
  // oxlint-disable-next-line no-constant-condition, no-empty -- it is what is tested
  while (true) {}
};

/** Reads from a pipe that is never written to. The payload names it. */
export const blockingRead: Handler = ({ task }, context) => {
  const file = openSync((task.payload as { readonly pipe: string }).pipe, 'r+');
  inside(context);
  readSync(file, new Uint8Array(1));
  return never();
};

export const neverSettles: Handler = (_, context) => {
  inside(context);
  return never();
};

/** Catches the reason of its signal, and goes on. */
export const swallowedAbort: Handler = async (_, { signal, progress }) => {
  for (let round = 0; ; round++) {
    if (round === 0) progress(0.5);
    await new Promise((_resolve, reject) => {
      if (signal.aborted) setTimeout(reject, 1);
      else signal.addEventListener('abort', reject, { once: true });
    }).catch(() => undefined);
  }
};

export const atomicsWait: Handler = (_, context) => {
  inside(context);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return never();
};

/** Waits for a program that ignores SIGTERM, in a process group of its own. The progress names its process. */
export const stubbornChild: Handler = (_, { progress }) => {
  const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], {
    stdio: 'ignore',
    detached: true,
  });
  progress(0.5, String(child.pid));
  return never();
};

/** Sleeps inside of native code, where JavaScript cannot be interrupted. */
export const nativeSleep: Handler = (_, context) => {
  inside(context);
  spawnSync('sleep', ['3']);
  return never();
};

/** Takes ever more memory, slowly. */
export const memoryGrowth: Handler = async (_, context) => {
  inside(context);
  const taken: unknown[] = [];
  for (;;) {
    taken.push(Array.from({ length: 1_000 }, () => taken.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

/** Ends the process that it believes to have for itself, when it is requested to stop. */
export const exitOnStop: Handler = (_, context) => {
  context.signal.addEventListener('abort', () => process.exit(7));
  inside(context);
  return never();
};
