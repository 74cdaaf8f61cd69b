import { isAppError } from '@precedent/kernel';
import { openLoop } from '../pacing.ts';
import { noopSpec } from '../tasks.ts';
import { connectTo } from './connection.ts';
import type { ConnectionParams } from './connection.ts';
import { program } from './program.ts';

export interface LoadParams extends ConnectionParams {
  readonly perSecond: number;
  /** Tasks in one message, at most; 1: each task is a request of its own. */
  readonly pack: number;
}

export interface LoadResult {
  readonly offered: number;
  readonly ms: number;
  readonly accepted: number;
  readonly refused: number;
}

/** Submits tasks at a steady rate until it is stopped, and never waits for an answer. */
program(async ({ perSecond, pack, ...connection }: LoadParams, { ready, go, stop }): Promise<LoadResult> => {
  const client = await connectTo(connection, 'bench-load');
  const pending = new Set<Promise<void>>();
  let [n, accepted, refused] = [0, 0, 0];
  const offerOne = async (): Promise<void> => {
    try {
      await client.submit(noopSpec(n++), { door: 'ask' });
      accepted++;
    } catch (error) {
      if (!isAppError(error)) throw error;
      refused++;
    }
  };
  const offerMany = async (count: number): Promise<void> => {
    const specs = Array.from({ length: count }, () => noopSpec(n++));
    for (const outcome of await client.submitMany(specs, { door: 'ask', chunk: pack })) {
      if ('error' in outcome) refused++;
      else accepted++;
    }
  };
  const track = (offer: Promise<void>): void => {
    pending.add(offer);
    void offer.finally(() => pending.delete(offer));
  };
  ready();
  await go;
  const { sent, ms } = await openLoop({ perSecond, stopped: stop }, (due) => {
    if (pack > 1) return track(offerMany(due));
    for (let i = 0; i < due; i++) track(offerOne());
  });
  await Promise.all(pending);
  await client.close();
  return { offered: sent, ms, accepted, refused };
});
