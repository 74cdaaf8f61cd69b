import { performance } from 'node:perf_hooks';
import { serverUrlOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { AppError, isAppError, sleep, withoutCredentials } from '@precedent/kernel';
import { FORCED_EXIT } from '../exit-codes.ts';
import type { UpPart } from './chosen-parts.ts';
import { SINGLE_PARTS } from './served-elsewhere.ts';
import type { IsServed, SinglePart } from './served-elsewhere.ts';
import { followDenied } from './denied.ts';
import type { Io } from '../io.ts';
import { returnIdleMemory } from '@precedent/processes';
import type { StopLimits } from '@precedent/processes';
import type { Part, PartContext, Scripts, Servers } from './parts.ts';
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
  const stopRequested = Promise.withResolvers<void>();
  const shutdown: Shutdown = { parts: running, config, report, forced: 0, current: undefined };
  const unlisten = io.onStopSignals({
    stop: () => {
      starting.abort();
      stopRequested.resolve();
    },
    force: () => force(shutdown),
  });
  try {
    await startParts({ ...options, report, states, running, signal: starting.signal });
    returnIdleMemory();
    await Promise.race([stopRequested.promise, ...running.map(({ gaveUp }) => gaveUp)]);
  } catch (error) {
    if (!starting.signal.aborted || !isAppError(error) || error.code !== 'CANCELLED') throw error;
    report.note('stopped before it was ready');
  } finally {
    await stopParts(shutdown);
    unlisten();
  }
  return shutdown.forced > 0 ? FORCED_EXIT : 0;
};

/** The kind of the message that reports the states of the parts to the engine. */
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
  const context: PartContext = { config, env: io.env, report, scripts, signal };
  const url = await natsUrl(starting, context);
  const servers = { nats: url, ...(await qdrantOf(starting, context)) };
  if (parts.has('engine')) await startEngine(starting, context, servers);
  if (parts.has('history')) await startOptional({ ...starting, name: 'history' }, context, servers);
  if (parts.has('worker')) starting.running.push(await startProgram('worker', context, servers));
  if (parts.has('vectorizer')) await startOptional({ ...starting, name: 'vectorizer' }, context, servers);
  if (parts.has('gateway')) await startOptional({ ...starting, name: 'gateway' }, context, servers);
  const slots = parts.has('worker') ? config.execution.maxConcurrent : 0;
  const shown = withoutCredentials(url);
  report.ready({ url: shown, cell: config.cell, slots, flags: flags(shown) });
};

/** How long the parts of a killed `precedent up` may still answer. Milliseconds. */
const ORPHANS_END_MS = 5_000;

/** Leaves out history and vectorizer when the cell has one on another machine already. */
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

const natsUrl = async ({ config, parts, running }: Starting, context: PartContext): Promise<string> => {
  if (!parts.has('nats')) return serverUrlOf(config);
  const nats = await startNats(context);
  running.push(nats);
  return nats.url;
};

const startEngine = async (
  { config, parts, running, states }: Starting,
  context: PartContext,
  servers: Servers,
): Promise<void> => {
  const denied = parts.has('nats') && config.access.required ? followDenied(config) : undefined;
  const engine = await startProgram('engine', context, servers);
  const stop = (limits: StopLimits): Promise<void> => {
    denied?.flushTo(engine);
    denied?.close();
    return engine.stop(limits);
  };
  running.push({ ...engine, stop });
  states.onChange = (all) => void engine.send(PART_STATES, all);
  denied?.startTo(engine);
};

/** The configured Qdrant, or one that is started here; empty when neither exists. */
const qdrantOf = async (
  { config, parts, running }: Starting,
  context: PartContext,
): Promise<Pick<Servers, 'qdrant' | 'qdrantKey'>> => {
  const { url } = config.vectorizer;
  if (!parts.has('vectorizer') || url !== '') return { qdrant: url, qdrantKey: '' };
  const qdrant = await startQdrant(context);
  if (qdrant) running.push(qdrant);
  return { qdrant: qdrant?.url ?? '', qdrantKey: qdrant?.apiKey ?? '' };
};

interface OptionalPart extends Starting {
  readonly name: SinglePart | 'gateway';
}

/** Starts a part that the others can do without; a failure is reported. */
const startOptional = async (
  { name, running, report, parts }: OptionalPart,
  context: PartContext,
  servers: Servers,
): Promise<void> => {
  try {
    running.push(await startProgram(name, context, servers));
  } catch (error) {
    if (!isAppError(error) || error.code === 'CANCELLED' || parts.size === 1) throw error;
    report.absent(name, error.message);
  }
};

/** The state of a shutdown. */
interface Shutdown {
  readonly parts: readonly Part[];
  readonly config: Config;
  readonly report: UpReport;
  /** Forced stops requested so far: the second Ctrl-C and later ones. */
  forced: number;
  /** The part that is being stopped. */
  current: Part | undefined;
}

/** Time between two reports that a part is still stopping. Milliseconds. */
const STILL_MS = 5_000;

const stopParts = async (ending: Shutdown): Promise<void> => {
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
const NATS_LIMITS: StopLimits = { stopMs: 10_000, forceMs: 0 };

const limitsFor = ({ name }: Part, { config, forced }: Shutdown, leftMs: number): StopLimits => {
  const { forceTimeout: forceMs } = config.execution;
  if (name === 'nats') return NATS_LIMITS;
  // The engine has at least the time of a forced stop to write its state, however long the worker took.
  return { stopMs: forced > 0 ? 0 : Math.max(leftMs, forceMs), forceMs };
};

/**
 * The second Ctrl-C forces the part that is being stopped, and the parts after it: the engine stays until the worker has returned its
 * tasks. The third Ctrl-C kills both.
 */
const force = (ending: Shutdown): void => {
  const { parts, config, current } = ending;
  ending.forced += 1;
  const [stopped, forceMs] = ending.forced === 1 ? [[current], config.execution.forceTimeout] : [parts, 0];
  for (const part of stopped) {
    if (part && part.name !== 'nats') void part.stop({ stopMs: 0, forceMs });
  }
};
