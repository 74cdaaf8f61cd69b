/** A worker whose handlers ignore their signal: `uncooperative-worker.ts <url> <type>…`. It says `ready` when an engine knows it. */
import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import { connect } from '@precedent/client';
import type { Handler } from '@precedent/client';

const never = (): Promise<never> => new Promise(() => undefined);

/** Nothing ends them before the test does. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  busyLoop: () => {
    const end = performance.now() + 60_000;
    while (performance.now() < end);
    return never();
  },
  leaving: async () => {
    const end = performance.now() + 2_000;
    while (performance.now() < end);
  },
  endlessLoop: () => {
    for (;;);
  },
  blockingRead: () => {
    spawnSync('cat', { stdio: ['inherit', 'ignore', 'ignore'] });
    return never();
  },
  atomicsWait: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return never();
  },
  nativeSleep: () => {
    spawnSync('sleep', ['60']);
    return never();
  },
  neverSettles: never,
  swallowedAbort: async (_, { signal }) => {
    for (;;)
      await new Promise((_resolve, reject) => {
        if (signal.aborted) setTimeout(reject, 5);
        else signal.addEventListener('abort', reject, { once: true });
      }).catch(() => undefined);
  },
  stubbornChild: () => {
    spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
    return never();
  },
  memoryGrowth: async () => {
    const taken: unknown[] = [];
    for (;;) {
      taken.push(Array.from({ length: 1_000 }, () => taken.length));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
};

// What burns processors must not keep the engine from them.
os.setPriority(19);
const [servers = '', ...types] = process.argv.slice(2);
const client = await connect({ servers });
const worker = client.worker({ name: types.join('-'), slots: 10, types, handlers: HANDLERS });
await worker.start();
process.stdout.write('ready\n');
