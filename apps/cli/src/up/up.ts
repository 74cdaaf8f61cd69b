import { performance } from 'node:perf_hooks';
import type { Config } from '@precedent/config';
import { isAppError, withoutCredentials } from '@precedent/kernel';
import { FORCED_EXIT } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import type { EndLimits, Part, PartTerms, Scripts, Servers } from './parts.ts';
import { PartStates } from './part-states.ts';
import { startNats, startProgram } from './parts.ts';
import { startQdrant } from './qdrant.ts';
import type { UpReport } from './up-report.ts';

export interface UpOptions {
  readonly config: Config;
  readonly io: Pick<Io, 'env' | 'onStopSignals'>;
  readonly report: UpReport;
  readonly withWorker: boolean;
  readonly withHistory: boolean;
  readonly withVectorizer: boolean;
  readonly scripts: Scripts;
  /** Flags that other commands need to find this engine. */
  readonly flags: (url: string) => string;
}

/**
 * Starts a nats-server (unless there is a URL), the engine and a worker, and keeps them running until a signal. Resolves to the
 * exit code when all have ended, in reverse order. Throws, with none left running, when one cannot start or ends too often.
 */
export const up = async (options: UpOptions): Promise<number> => {
  const { config, io } = options;
  const states = new PartStates(() => Date.now());
  const report = states.listening(options.report);
  const parts: Part[] = [];
  const starting = new AbortController();
  const stopAsked = Promise.withResolvers<void>();
  const ending: Ending = { parts, config, report, forced: 0, current: undefined };
  const unlisten = io.onStopSignals({
    stop: () => {
      starting.abort();
      stopAsked.resolve();
    },
    force: () => force(ending),
  });
  try {
    await startParts({ ...options, report, states, parts, signal: starting.signal });
    await Promise.race([stopAsked.promise, ...parts.map(({ gaveUp }) => gaveUp)]);
  } catch (error) {
    if (!starting.signal.aborted || !isAppError(error) || error.code !== 'CANCELLED') throw error;
    report.note('stopped before it was ready');
  } finally {
    await stopParts(ending);
    unlisten();
  }
  return ending.forced > 0 ? FORCED_EXIT : 0;
};

/** The kind of the message by which the engine hears of the parts. */
const PART_STATES = 'parts';

interface Starting extends UpOptions {
  /** Filled as they start, so that those which run are stopped when another cannot start. */
  readonly parts: Part[];
  readonly states: PartStates;
  readonly signal: AbortSignal;
}

const startParts = async (starting: Starting): Promise<void> => {
  const { config, io, report, scripts, withWorker, flags, parts, states, signal } = starting;
  const terms: PartTerms = { config, env: io.env, report, scripts, signal };
  let { url } = config.nats;
  if (url === '') {
    const nats = await startNats(terms);
    parts.push(nats);
    ({ url } = nats);
  }
  const servers = { nats: url, ...(await qdrantOf(starting, terms)) };
  const engine = await startProgram('engine', terms, servers);
  parts.push(engine);
  states.onChange = (all) => engine.tell(PART_STATES, all);
  if (starting.withHistory) await startBeside({ ...starting, name: 'history' }, terms, servers);
  if (withWorker) parts.push(await startProgram('worker', terms, servers));
  if (starting.withVectorizer) await startBeside({ ...starting, name: 'vectorizer' }, terms, servers);
  const slots = withWorker ? config.execution.maxConcurrent : 0;
  const shown = withoutCredentials(url);
  report.ready({ url: shown, cell: config.cell, slots, flags: flags(shown) });
};

/** The configured one, or an own one; empty when there is none, and nobody asked for one. */
const qdrantOf = async (
  { config, withVectorizer, parts }: Starting,
  terms: PartTerms,
): Promise<Pick<Servers, 'qdrant' | 'qdrantKey'>> => {
  const { url } = config.vectorizer;
  if (!withVectorizer || url !== '') return { qdrant: url, qdrantKey: '' };
  const qdrant = await startQdrant(terms);
  if (qdrant) parts.push(qdrant);
  return { qdrant: qdrant?.url ?? '', qdrantKey: qdrant?.apiKey ?? '' };
};

interface Beside extends Starting {
  readonly name: 'history' | 'vectorizer';
}

/** Starts a part that the others can do without. */
const startBeside = async (
  { name, parts, report }: Beside,
  terms: PartTerms,
  servers: Servers,
): Promise<void> => {
  try {
    parts.push(await startProgram(name, terms, servers));
  } catch (error) {
    if (!isAppError(error) || error.code === 'CANCELLED') throw error;
    report.absent(name, error.message);
  }
};

/** The end of everything, while it lasts. */
interface Ending {
  readonly parts: readonly Part[];
  readonly config: Config;
  readonly report: UpReport;
  /** How often it was told to hurry. */
  forced: number;
  /** The part that is being stopped. */
  current: Part | undefined;
}

/** How often it is said that a part is still stopping. Milliseconds. */
const STILL_MS = 5_000;

const stopParts = async (ending: Ending): Promise<void> => {
  const { parts, config, report } = ending;
  const deadline = performance.now() + config.execution.stopTimeout;
  for (const part of parts.toReversed()) {
    const begun = performance.now();
    ending.current = part;
    report.stopping(part.name);
    const timer = setInterval(() => report.stopping(part.name), STILL_MS);
    await part.stop(limitsFor(part, ending, deadline - begun));
    clearInterval(timer);
    report.stopped(part.name, performance.now() - begun);
  }
};

/** The nats-server ends last and quickly: the engine writes to it until its own end. */
const NATS_LIMITS: EndLimits = { stopMs: 10_000, forceMs: 0 };

const limitsFor = ({ name }: Part, { config, forced }: Ending, leftMs: number): EndLimits => {
  const { forceTimeout: forceMs } = config.execution;
  if (name === 'nats') return NATS_LIMITS;
  // Whatever the worker needed, the engine has the time of a forced stop to write what it knows.
  return { stopMs: forced > 0 ? 0 : Math.max(leftMs, forceMs), forceMs };
};

/**
 * The second Ctrl-C hurries the part that is being stopped, and those after it: the engine stays until the worker has given back
 * what it ran. The third one kills both.
 */
const force = (ending: Ending): void => {
  const { parts, config, current } = ending;
  ending.forced += 1;
  const [hurried, forceMs] = ending.forced === 1 ? [[current], config.execution.forceTimeout] : [parts, 0];
  for (const part of hurried) {
    if (part && part.name !== 'nats') void part.stop({ stopMs: 0, forceMs });
  }
};
