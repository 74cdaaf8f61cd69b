import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@precedent/client';
import { noopSpec } from '../tasks.ts';
import { settledIn } from '../wait-for.ts';
import { program } from './program.ts';

export interface FeederParams {
  readonly url: string;
  readonly count: number;
}

export interface FeederResult {
  readonly accepted: number;
}

/** Open tasks, at most: enough that no worker waits, and far from the limits of a band. */
const OPEN_MAX = 20_000;
const AT_ONCE = 4_000;
const POLL_MS = 10;

/** Submits as many tasks as are settled, so that the system works at its own rate for as long as it takes. */
program(async ({ url, count }: FeederParams, { ready, go }): Promise<FeederResult> => {
  const client = await connect({ servers: url, name: 'bench-feeder' });
  const before = settledIn(await client.status());
  ready();
  await go;
  let [accepted, settled] = [0, 0];
  while (accepted < count) {
    if (accepted - settled > OPEN_MAX - AT_ONCE) {
      await pause(POLL_MS);
      settled = settledIn(await client.status()) - before;
      continue;
    }
    const first = accepted;
    const specs = Array.from({ length: Math.min(AT_ONCE, count - accepted) }, (_, n) => noopSpec(first + n));
    const outcomes = await client.submitMany(specs, { door: 'ask', chunk: 256, window: 8 });
    const refused = outcomes.find((outcome) => 'error' in outcome);
    if (refused && 'error' in refused) throw new Error(`${refused.error.code}: ${refused.error.message}`);
    accepted += outcomes.length;
  }
  await client.close();
  return { accepted };
});
