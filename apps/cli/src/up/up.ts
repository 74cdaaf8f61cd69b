import { performance } from 'node:perf_hooks';
import type { Config } from '@precedent/config';
import { isAppError } from '@precedent/kernel';
import { FORCED_EXIT } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import type { EndLimits, Part, PartTerms, Scripts } from './parts.ts';
import { startNats, startProgram } from './parts.ts';
import type { UpReport } from './up-report.ts';

export interface UpOptions {
  readonly config: Config;
  readonly io: Pick<Io, 'env' | 'onStopSignals'>;
  readonly report: UpReport;
  readonly withWorker: boolean;
  readonly scripts: Scripts;
  /** Flags that other commands need to find this engine. */
  readonly flags: (url: string) => string;
}

/**
 * Starts a nats-server (unless there is a URL), the engine and a worker, and keeps them running until a signal. Resolves to the
 * exit code when all have ended, in reverse order. Throws, with none left running, when one cannot start or ends too often.
 */
export const up = async (options: UpOptions): Promise<number> => {
  const { config, io, report } = options;
  const parts: Part[] = [];
  const starting = new AbortController();
  const stopAsked = Promise.withResolvers<void>();
  let forced = 0;
  const unlisten = io.onStopSignals({
    stop: () => {
      starting.abort();
      stopAsked.resolve();
    },
    force: () => forceParts(parts, ++forced, config),
  });
  try {
    await startParts({ ...options, parts, signal: starting.signal });
    await Promise.race([stopAsked.promise, ...parts.map((part) => part.gaveUp)]);
  } catch (error) {
    if (!starting.signal.aborted || !isAppError(error) || error.code !== 'CANCELLED') throw error;
    report.note('stopped before it was ready');
  } finally {
    await stopParts(parts, config, report);
    unlisten();
  }
  return forced > 0 ? FORCED_EXIT : 0;
};

interface Starting extends UpOptions {
  /** Filled as they start, so that those which run are stopped when another cannot start. */
  readonly parts: Part[];
  readonly signal: AbortSignal;
}

const startParts = async ({
  config,
  io,
  report,
  withWorker,
  flags,
  parts,
  signal,
}: Starting): Promise<void> => {
  const terms: PartTerms = { config, env: io.env, report, signal };
  let { url } = config.nats;
  if (url === '') {
    const nats = await startNats(terms);
    parts.push(nats);
    ({ url } = nats);
  }
  parts.push(await startProgram('engine', terms, url));
  if (withWorker) parts.push(await startProgram('worker', terms, url));
  const slots = withWorker ? config.execution.maxConcurrent : 0;
  report.ready({ url, cell: config.cell, slots, flags: flags(url) });
};

/** The nats-server ends last and quickly: the engine writes to it until its own end. */
const NATS_LIMITS: EndLimits = { stopMs: 10_000, forceMs: 0 };

const stopParts = async (parts: readonly Part[], config: Config, report: UpReport): Promise<void> => {
  const { stopTimeout, forceTimeout } = config.execution;
  const deadline = performance.now() + stopTimeout;
  for (const part of parts.toReversed()) {
    const begun = performance.now();
    report.stopping(part.name);
    // Whatever the worker needed, the engine has the time of a forced stop to write what it knows.
    const stopMs = Math.max(deadline - begun, forceTimeout);
    const limits = part.name === 'nats' ? NATS_LIMITS : { stopMs, forceMs: forceTimeout };
    const timer = setInterval(() => report.stopping(part.name), STILL_MS);
    await part.stop(limits);
    clearInterval(timer);
    report.stopped(part.name, performance.now() - begun);
  }
};

/** How often it is said that a part is still stopping. */
const STILL_MS = 5_000;

/** The second Ctrl-C ends the code that runs tasks by force; the third one kills it. */
const forceParts = (parts: readonly Part[], times: number, { execution }: Config): void => {
  const forceMs = times === 1 ? execution.forceTimeout : 0;
  for (const part of parts) {
    if (part.name !== 'nats') void part.stop({ stopMs: 0, forceMs });
  }
};
