import { performance } from 'node:perf_hooks';
import type { Config } from '@precedent/config';
import { AppError, isAppError, sleep, withoutCredentials } from '@precedent/kernel';
import { serverUrlOf } from '../cli.ts';
import { FORCED_EXIT } from '../exit-codes.ts';
import type { UpPart } from './chosen-parts.ts';
import { SINGLE_PARTS } from './served-elsewhere.ts';
import type { IsServed, SinglePart } from './served-elsewhere.ts';
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
  /** What to start. Without `nats`, the configured server is used. */
  readonly parts: ReadonlySet<UpPart>;
  /** Whether a part is there already, of which one is enough. */
  readonly isServed: IsServed;
  readonly scripts: Scripts;
  /** Flags that other commands need to find this engine. */
  readonly flags: (url: string) => string;
}

/**
 * Starts the chosen parts and keeps them running until a signal. Resolves to the
 * exit code when all have ended, in reverse order. Throws, with none left running, when one cannot start or ends too often.
 */
export const up = async (options: UpOptions): Promise<number> => {
  const { config, io } = options;
  const states = new PartStates(() => Date.now());
  const report = states.listening(options.report);
  const running: Part[] = [];
  const starting = new AbortController();
  const stopAsked = Promise.withResolvers<void>();
  const ending: Ending = { parts: running, config, report, forced: 0, current: undefined };
  const unlisten = io.onStopSignals({
    stop: () => {
      starting.abort();
      stopAsked.resolve();
    },
    force: () => force(ending),
  });
  try {
    await startParts({ ...options, report, states, running, signal: starting.signal });
    await Promise.race([stopAsked.promise, ...running.map(({ gaveUp }) => gaveUp)]);
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
  readonly running: Part[];
  readonly states: PartStates;
  readonly signal: AbortSignal;
}

const startParts = async (options: Starting): Promise<void> => {
  const starting = { ...options, parts: await withoutServed(options) };
  const { config, io, report, scripts, flags, parts, signal } = starting;
  const terms: PartTerms = { config, env: io.env, report, scripts, signal };
  const url = await natsUrl(starting, terms);
  const servers = { nats: url, ...(await qdrantOf(starting, terms)) };
  if (parts.has('engine')) await startEngine(starting, terms, servers);
  if (parts.has('history')) await startBeside({ ...starting, name: 'history' }, terms, servers);
  if (parts.has('worker')) starting.running.push(await startProgram('worker', terms, servers));
  if (parts.has('vectorizer')) await startBeside({ ...starting, name: 'vectorizer' }, terms, servers);
  const slots = parts.has('worker') ? config.execution.maxConcurrent : 0;
  const shown = withoutCredentials(url);
  report.ready({ url: shown, cell: config.cell, slots, flags: flags(shown) });
};

/** Parts of a supervisor that was killed may still answer for so long. Milliseconds. */
const ORPHANS_END_MS = 5_000;

/** The parts without those of which a cell needs one, and has one on another machine. */
const withoutServed = async ({ parts, isServed, report, signal }: Starting): Promise<ReadonlySet<UpPart>> => {
  const isThere = async (part: UpPart): Promise<boolean> =>
    parts.has(part) && isSingle(part) && (await isServed(part));
  // A server of our own has only what we start.
  if (parts.has('nats') || !(await anyOf(SINGLE_PARTS, isThere))) return parts;
  if (!(await sleep(ORPHANS_END_MS, signal))) throw new AppError('CANCELLED', 'the start was cancelled');
  const left = new Set(parts);
  for (const part of SINGLE_PARTS) {
    if (!(await isThere(part))) continue;
    left.delete(part);
    report.note(`${part}: none is started here, because this cell has one already`);
  }
  return left;
};

const isSingle = (part: UpPart): part is SinglePart => SINGLE_PARTS.some((one) => one === part);

const anyOf = async <T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<boolean> => {
  for (const item of items) if (await test(item)) return true;
  return false;
};

const natsUrl = async ({ config, parts, running }: Starting, terms: PartTerms): Promise<string> => {
  if (!parts.has('nats')) return serverUrlOf(config);
  const nats = await startNats(terms);
  running.push(nats);
  return nats.url;
};

const startEngine = async (
  { running, states }: Starting,
  terms: PartTerms,
  servers: Servers,
): Promise<void> => {
  const engine = await startProgram('engine', terms, servers);
  running.push(engine);
  states.onChange = (all) => engine.send(PART_STATES, all);
};

/** The configured one, or an own one; empty when there is none, and nobody asked for one. */
const qdrantOf = async (
  { config, parts, running }: Starting,
  terms: PartTerms,
): Promise<Pick<Servers, 'qdrant' | 'qdrantKey'>> => {
  const { url } = config.vectorizer;
  if (!parts.has('vectorizer') || url !== '') return { qdrant: url, qdrantKey: '' };
  const qdrant = await startQdrant(terms);
  if (qdrant) running.push(qdrant);
  return { qdrant: qdrant?.url ?? '', qdrantKey: qdrant?.apiKey ?? '' };
};

interface Beside extends Starting {
  readonly name: SinglePart;
}

/** Starts a part that the others can do without. */
const startBeside = async (
  { name, running, report, parts }: Beside,
  terms: PartTerms,
  servers: Servers,
): Promise<void> => {
  try {
    running.push(await startProgram(name, terms, servers));
  } catch (error) {
    if (!isAppError(error) || error.code === 'CANCELLED' || parts.size === 1) throw error;
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
