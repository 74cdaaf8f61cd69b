import type { ExecutorContext } from '@precedent/ports';
import { watchCommits } from '../checkpoint/commit-watch.ts';
import type { FolderCheckpointer } from '../checkpoint/folder-checkpointer.ts';
import { killProcessTree } from './kill-process-tree.ts';
import type { KillReport, KillTimes } from './kill-process-tree.ts';
import type { ProcessFamily } from './containment.ts';
import { classifyExit } from './classify-exit.ts';
import type { SpawnedCommand } from './spawn-command.ts';
import { captureOutput } from './output.ts';
import type { Output } from './output.ts';
import { watchPeakMemory } from './peak-memory.ts';
import type { ProcessStat } from './procfs.ts';
import { forwardYield } from './save-signal.ts';
import { terminateOnStop } from './terminator.ts';
import type { Terminator } from './terminator.ts';
import { suspension } from './suspension.ts';
import type { Freezing } from './suspension.ts';
import type { CommandResult } from './verdict.ts';

/** How a command is supervised, and how its remaining processes are ended. */
export interface SupervisionOptions {
  /** Bytes of output that reach the log. Default 1 MiB. */
  readonly logBytes: number;
  /** Bytes of the ends of both streams in the result. Default 8 KiB. */
  readonly tailBytes: number;
  /** Milliseconds that output waits for more. Default 50. */
  readonly flushMs: number;
  /** Milliseconds in which remaining processes of a command may end by themselves. Default 100. */
  readonly naturalMs: number;
  /** Milliseconds between SIGTERM and SIGKILL for those. Default 500. */
  readonly leftoverGraceMs: number;
  /** Milliseconds between two commits of a command that are served, at least. Default 1,000. */
  readonly commitEveryMs: number;
  /** How a suspended command is held. Default `cgroup`, which falls back to signals. */
  readonly freezing: Freezing;
}

/** A command that was just spawned. */
export interface CommandAttempt {
  readonly family: ProcessFamily;
  /** By the monotonic clock. */
  readonly startedAt: number;
  readonly settings: SupervisionOptions;
  readonly context: ExecutorContext;
  readonly folder: string;
  readonly checkpointer: FolderCheckpointer;
  readonly saveSignal: NodeJS.Signals | undefined;
}

const CHUNK_BYTES = 32 * 1024;
const FORCE_MS = 5_000;
const DRAIN_MS = 2_000;

/** Supervises a command until no process of it is left. Resolves to its result. */
export const superviseCommand = async (
  spawned: SpawnedCommand,
  attempt: CommandAttempt,
): Promise<CommandResult> => {
  const { startedAt, settings, context, checkpointer } = attempt;
  const output = outputOf(spawned, settings, context);
  const controls = controlsOf(spawned.pid, attempt);
  const memory = watchPeakMemory(spawned.pid);
  const exit = await spawned.exited;
  const durationMs = Math.round(performance.now() - startedAt);
  const peakMemoryMb = memory.end();
  await controls.end();
  const cleared = await killProcessTree(attempt.family, timesOf(controls.stop, settings));
  await controls.suspension.dispose();
  await spawned.drain(DRAIN_MS);
  const result: CommandResult = {
    ...exit,
    durationMs,
    ...(peakMemoryMb !== undefined && { peakMemoryMb }),
    ...(cleared.stuck.length > 0 && { leftRunning: cleared.stuck.map(nameOf) }),
    ...output.finish(exit.exitCode !== 0),
  };
  note(context, controls.stop, cleared);
  const { request, graceLeftMs } = controls.stop;
  const isCutShort = controls.yieldForwarder.signalled && exit.signal === attempt.saveSignal;
  try {
    return await classifyExit({ result, isCutShort, request, graceLeftMs, context, checkpointer });
  } finally {
    checkpointer.close();
  }
};

const controlsOf = (pid: number, attempt: CommandAttempt) => {
  const { family, settings, context, folder, checkpointer, saveSignal } = attempt;
  const held = suspension(family, settings.freezing);
  const stop = terminateOnStop(context.signal, family, () => void held.release());
  const yieldForwarder = forwardYield({ signal: context.yieldSignal, folder, pid, saveSignal });
  const commits = watchCommits({ folder, save: () => checkpointer.save(), everyMs: settings.commitEveryMs });
  context.suspendable({ suspend: () => held.suspend(), resume: () => void held.resume() });
  const end = async (): Promise<void> => {
    stop.release();
    yieldForwarder.release();
    await Promise.all([held.release(), commits.close()]);
  };
  return { suspension: held, stop, yieldForwarder, end };
};

const outputOf = (
  spawned: SpawnedCommand,
  settings: SupervisionOptions,
  context: ExecutorContext,
): Output => {
  const output = captureOutput({
    logBytes: settings.logBytes,
    tailBytes: settings.tailBytes,
    chunkBytes: CHUNK_BYTES,
    flushMs: settings.flushMs,
    log: (stream, text) => context.log(stream, text),
    alive: () => context.heartbeat(),
  });
  spawned.stdout.on('data', (chunk: Buffer) => output.take('stdout', chunk));
  spawned.stderr.on('data', (chunk: Buffer) => output.take('stderr', chunk));
  return output;
};

/** After a stop, all processes have got SIGTERM, and have the rest of the grace. After a normal end they have a short time. */
const timesOf = (stop: Terminator, settings: SupervisionOptions): KillTimes =>
  stop.request === undefined
    ? { naturalMs: settings.naturalMs, graceMs: settings.leftoverGraceMs, forceMs: FORCE_MS }
    : { naturalMs: stop.graceLeftMs, graceMs: 0, forceMs: FORCE_MS };

const nameOf = ({ name, pid }: ProcessStat): string => `${name} (${pid})`;

const note = (context: ExecutorContext, stop: Terminator, { ended, stuck }: KillReport): void => {
  const names = (list: KillReport['ended']): string => list.map(nameOf).join(', ');
  if (stop.forced)
    context.log('log', `the command did not end within ${stop.request?.graceMs} ms and was killed\n`);
  if (stop.request === undefined && ended.length > 0) {
    context.log('log', `the command left processes behind; they were ended: ${names(ended)}\n`);
  }
  if (stuck.length > 0) context.log('log', `processes could not be killed: ${names(stuck)}\n`);
};
