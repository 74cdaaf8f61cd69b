import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { catalogue, problemOf } from '@precedent/kernel';
import { findNatsServer, onStopSignals } from '@precedent/processes';
import type { FoundBinary } from '@precedent/processes';
import { bundlePrograms } from './bundle.ts';
import type { Stage } from './world.ts';

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Finds the server and bundles the programs; with a folder for profiles they run from their sources. */
export const openStage = async (folder?: string): Promise<{ stage: Stage; nats: FoundBinary }> => {
  const nats = await findNatsServer({ env: process.env });
  const profile = folder === undefined ? undefined : path.resolve(folder);
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const interrupted = untilSignal();
  const bundled = profile === undefined && (await bundlePrograms(say));
  const stage = { binary: nats.binary, bundled, say, interrupted, ...(profile !== undefined && { profile }) };
  return { stage, nats };
};

/** Rejects at the first signal, so that what was started is stopped in good order. */
const untilSignal = (): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  onStopSignals({
    stop: (signal) => reject(new Error(`ended by ${signal}`)),
    force: () => process.exit(130),
  });
  return promise;
};

/** Runs a program to its end, and says why when it fails. */
export const runMain = (main: () => Promise<void>): void => {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      const { code, message } = problemOf(error);
      const isBug = error instanceof Error && code === 'INTERNAL';
      say(isBug ? (error.stack ?? message) : `error ${code}: ${message}`);
      process.exit(catalogue[code].exit);
    },
  );
};
