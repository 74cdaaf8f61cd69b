import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { ownOutputs } from '../eval/labelled-outputs.ts';
import type { Bench, RunFigures } from './bench.ts';
import { startProduct } from './product.ts';
import type { Figures } from './stats.ts';
import { percentile } from './stats.ts';
import { settledIn, waitFor, waitForIndex } from './wait-for.ts';
import type { Stage } from './world.ts';

const FAILURES = 1_000;
/** One in so many is searched, one after the other, at 100 ms each: the searches must be neither the load nor what is measured. */
const SEARCHED_EVERY = 40;
const WARM_UP = 20;
const POLL_MS = 250;
const FOUND_LIMIT_MS = 120_000;
/** Prints the file that is its first argument, and fails. */
const PRINT = ['-c', 'cat "$0" >&2; exit 1'];

const run = async (stage: Stage): Promise<RunFigures> => {
  const product = await startProduct(stage);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-outputs-'));
  try {
    const client = await connect({ servers: product.url, name: 'bench' });
    const burst = new Burst(client, folder);
    await burst.submit(0, WARM_UP);
    await waitFor(client, WARM_UP, settledIn);
    await waitForIndex(client);
    const metrics = await Promise.race([measured(burst, stage), stage.interrupted]);
    await client.close();
    return { metrics, ceiling: {} };
  } finally {
    product.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};

const measured = async (burst: Burst, { say }: Stage): Promise<Figures> => {
  const begin = performance.now();
  const ids = await burst.submit(WARM_UP, FAILURES);
  const times: number[] = [];
  for (let at = SEARCHED_EVERY - 1; at < FAILURES; at += SEARCHED_EVERY)
    times.push(await burst.foundMs(ids[at] ?? '', WARM_UP + at));
  say(`all found ${Math.round(performance.now() - begin)} ms after the submission`);
  await waitForIndex(burst.client);
  return {
    p50_ms: percentile(times, 0.5),
    p95_ms: percentile(times, 0.95),
    max_ms: Math.max(...times),
    all_indexed_ms: performance.now() - begin,
  };
};

/** Failing commands that print what builds, databases and clusters print, each with an error of its own. */
class Burst {
  readonly client: Client;
  readonly #folder: string;
  readonly #outputs = ownOutputs().docs.filter(({ kind }) => kind === 'failure');

  constructor(client: Client, folder: string) {
    this.client = client;
    this.#folder = folder;
  }

  async submit(from: number, count: number): Promise<readonly string[]> {
    const specs = Array.from({ length: count }, (_, n) => this.#specOf(from + n));
    const outcomes = await this.client.submitMany(specs);
    return outcomes.map((outcome) => {
      if ('error' in outcome) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
      return outcome.id;
    });
  }

  /** From the verdict of a task until a search by meaning finds it. Milliseconds. */
  async foundMs(id: string, n: number): Promise<number> {
    const deadline = performance.now() + FOUND_LIMIT_MS;
    while (performance.now() < deadline) {
      const { hits } = await this.client.search.find(errorOf(n), { limit: 20 });
      const foundAt = Date.now();
      if (hits.some(({ task }) => task === id)) {
        const { settledAt = Number.NaN } = await this.client.get(id);
        return foundAt - settledAt;
      }
      await pause(POLL_MS);
    }
    throw new Error(`${id} ("${errorOf(n)}") was not found within ${FOUND_LIMIT_MS} ms`);
  }

  #specOf(n: number): TaskSpec {
    const { stderr = '', name } = this.#outputs[n % this.#outputs.length] ?? {};
    const file = `${n}.txt`;
    writeFileSync(path.join(this.#folder, file), `${stderr}\nError: ${errorOf(n)}\n`);
    return {
      command: 'sh',
      args: [...PRINT, file],
      cwd: this.#folder,
      retry: { max: 0 },
      name: `${name ?? 'job'} ${wordOf(n)}`,
    };
  }
}

const SYLLABLES = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'ti', 'vo', 'za'];

/** Another word for every number up to 999. */
const wordOf = (n: number): string =>
  [Math.floor(n / 100), Math.floor(n / 10), n].map((digit) => SYLLABLES[digit % 10] ?? '').join('');

const errorOf = (n: number): string =>
  `module ${wordOf(n)} of ${wordOf(n * 7)} could not be loaded (E${40_000 + n * 13})`;

export const freshness: Bench = {
  about:
    'a burst of 1,000 commands that fail with outputs of their own: from the verdict of a task until a search finds it, and until all is indexed',
  run,
};
