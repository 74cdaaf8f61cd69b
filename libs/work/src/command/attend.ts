import type { JobContext } from '@precedent/ports';
import { watchCommits } from '../checkpoint/commit-watch.ts';
import type { FolderKeeper } from '../checkpoint/folder-keeper.ts';
import { clearOut } from './clear-out.ts';
import type { ClearOut, ClearOutTimes } from './clear-out.ts';
import type { Family } from './containment.ts';
import { conclude } from './conclude.ts';
import type { Launched } from './launch.ts';
import { captureOutput } from './output.ts';
import type { Output } from './output.ts';
import { watchPeakMemory } from './peak-memory.ts';
import type { ProcessStat } from './procfs.ts';
import { passYieldOn } from './save-signal.ts';
import { stopper } from './stopper.ts';
import type { Stopper } from './stopper.ts';
import { suspension } from './suspension.ts';
import type { Freezing } from './suspension.ts';
import type { CommandResult } from './verdict.ts';

/** What is done with a command while it runs, and with what it leaves behind. */
export interface AttendSettings {
  /** Bytes of output that reach the log. Default 1 MiB. */
  readonly keptBytes: number;
  /** Bytes of the end of each stream in the result. Default 4 KiB. */
  readonly tailBytes: number;
  /** Milliseconds that output waits for more. Default 50. */
  readonly flushMs: number;
  /** Milliseconds that processes which a command left behind may take to end by themselves. Default 100. */
  readonly naturalMs: number;
  /** Milliseconds between SIGTERM and SIGKILL for those. Default 500. */
  readonly leftoverGraceMs: number;
  /** Milliseconds between two commits of a command that are served, at least. Default 1,000. */
  readonly commitEveryMs: number;
  /** How a suspended command is held. Default `cgroup`, which falls back to signals. */
  readonly freezing: Freezing;
}

/** A command that was just launched. */
export interface Attempt {
  readonly family: Family;
  /** By the monotonic clock. */
  readonly startedAt: number;
  readonly settings: AttendSettings;
  readonly context: JobContext;
  readonly folder: string;
  readonly keeper: FolderKeeper;
  readonly saveSignal: NodeJS.Signals | undefined;
}

const CHUNK_BYTES = 32 * 1024;
const FORCE_MS = 5_000;
const DRAIN_MS = 2_000;

/** Stays with a command until nothing of it is left, and says what came of it. */
export const attend = async (launched: Launched, attempt: Attempt): Promise<CommandResult> => {
  const { startedAt, settings, context, keeper } = attempt;
  const output = outputOf(launched, settings, context);
  const watches = watchesOf(launched.pid, attempt);
  const memory = watchPeakMemory(launched.pid);
  const exit = await launched.exited;
  const durationMs = Math.round(performance.now() - startedAt);
  const peakMemoryMb = memory.end();
  await watches.end();
  const cleared = await clearOut(attempt.family, timesOf(watches.stop, settings));
  await watches.held.dispose();
  await launched.drain(DRAIN_MS);
  const result: CommandResult = {
    ...exit,
    durationMs,
    ...(peakMemoryMb !== undefined && { peakMemoryMb }),
    ...(cleared.stuck.length > 0 && { leftRunning: cleared.stuck.map(nameOf) }),
    ...output.finish(),
  };
  note(context, watches.stop, cleared);
  const { request, graceLeftMs } = watches.stop;
  const isCutShort = watches.yieldPass.signalled && exit.signal === attempt.saveSignal;
  try {
    return await conclude({ result, isCutShort, request, graceLeftMs, context, keeper });
  } finally {
    keeper.close();
  }
};

const watchesOf = (pid: number, attempt: Attempt) => {
  const { family, settings, context, folder, keeper, saveSignal } = attempt;
  const held = suspension(family, settings.freezing);
  const stop = stopper(context.signal, family, () => void held.release());
  const yieldPass = passYieldOn({ signal: context.yieldSignal, folder, pid, saveSignal });
  const commits = watchCommits({ folder, keep: () => keeper.keep(), everyMs: settings.commitEveryMs });
  context.suspendable({ suspend: () => held.suspend(), resume: () => void held.resume() });
  const end = async (): Promise<void> => {
    stop.release();
    yieldPass.release();
    await Promise.all([held.release(), commits.close()]);
  };
  return { held, stop, yieldPass, end };
};

const outputOf = (launched: Launched, settings: AttendSettings, context: JobContext): Output => {
  const output = captureOutput({
    keptBytes: settings.keptBytes,
    tailBytes: settings.tailBytes,
    chunkBytes: CHUNK_BYTES,
    flushMs: settings.flushMs,
    log: (stream, text) => context.log(stream, text),
    alive: () => context.heartbeat(),
  });
  launched.stdout.on('data', (chunk: Buffer) => output.take('stdout', chunk));
  launched.stderr.on('data', (chunk: Buffer) => output.take('stderr', chunk));
  return output;
};

/** After a stop all were asked already, and have the rest of the grace; after a normal end they have a little time. */
const timesOf = (stop: Stopper, settings: AttendSettings): ClearOutTimes =>
  stop.request === undefined
    ? { naturalMs: settings.naturalMs, graceMs: settings.leftoverGraceMs, forceMs: FORCE_MS }
    : { naturalMs: stop.graceLeftMs, graceMs: 0, forceMs: FORCE_MS };

const nameOf = ({ name, pid }: ProcessStat): string => `${name} (${pid})`;

const note = (context: JobContext, stop: Stopper, { ended, stuck }: ClearOut): void => {
  const names = (list: ClearOut['ended']): string => list.map(nameOf).join(', ');
  if (stop.forced)
    context.log('log', `the command did not end within ${stop.request?.graceMs} ms and was killed\n`);
  if (stop.request === undefined && ended.length > 0) {
    context.log('log', `the command left processes behind; they were ended: ${names(ended)}\n`);
  }
  if (stuck.length > 0) context.log('log', `processes could not be killed: ${names(stuck)}\n`);
};
