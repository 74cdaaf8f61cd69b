import { resolve } from 'node:path';
import { AppError } from '@precedent/kernel';
import type { Executor, Job, JobContext } from '@precedent/ports';
import { refuseIfStopped, stopError } from '../stop.ts';
import { clearOut } from './clear-out.ts';
import type { ClearOut, ClearOutTimes, Family } from './clear-out.ts';
import { probeDeathSignal } from './death-signal.ts';
import type { DeathSignalPrefix } from './death-signal.ts';
import { DEFAULT_PATH, INHERITED_ENV, environmentOf } from './environment.ts';
import { checkFolder, findProgram } from './find-program.ts';
import { launch } from './launch.ts';
import type { Launched, LaunchPlan } from './launch.ts';
import { captureOutput } from './output.ts';
import type { Output } from './output.ts';
import { newRunTag } from './run-tag.ts';
import { stopper } from './stopper.ts';
import type { Stopper } from './stopper.ts';
import { failureOf } from './verdict.ts';
import type { CommandResult } from './verdict.ts';

/** How commands are run; every field has a default. */
export interface CommandOptions {
  /** Runs a command that has no `args`. Default `/bin/sh`. */
  readonly shell?: string;
  /** Where a command runs that names no `cwd`, and what a relative one starts from. Default: the worker's own. */
  readonly cwd?: string;
  /** The worker's environment. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names of variables that commands take over from it. Default `INHERITED_ENV`. */
  readonly inheritEnv?: readonly string[];
  /** Bytes of output that reach the log. Default 1 MiB. */
  readonly keptBytes?: number;
  /** Bytes of the end of each stream in the result. Default 4 KiB. */
  readonly tailBytes?: number;
  /** Milliseconds that output waits for more. Default 50. */
  readonly flushMs?: number;
  /** Milliseconds that processes which a command left behind may take to end by themselves. Default 100. */
  readonly naturalMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL for those. Default 500. */
  readonly leftoverGraceMs?: number;
  /** Whether the kernel kills a command when the worker dies, if `setpriv` is there. Default true. */
  readonly endWithWorker?: boolean;
}

const CHUNK_BYTES = 32 * 1024;
const FORCE_MS = 5_000;
const DRAIN_MS = 2_000;

const defaults = () => ({
  shell: '/bin/sh',
  cwd: process.cwd(),
  env: process.env as Readonly<Record<string, string | undefined>>,
  inheritEnv: INHERITED_ENV as readonly string[],
  keptBytes: 1024 * 1024,
  tailBytes: 4 * 1024,
  flushMs: 50,
  naturalMs: 100,
  leftoverGraceMs: 500,
  endWithWorker: true,
});

type Settings = Required<CommandOptions>;

/**
 * Runs `task.command`: with `args` as they are, without them through the shell. Resolves to a `CommandResult`. Rejects with
 * COMMAND_FAILED, COMMAND_NOT_FOUND, INVALID_TASK, or the error of the stop. It settles when no process of the attempt is
 * left; one that cannot be killed (another user's) is given up after 5 s and named in the log.
 */
export const commandExecutor = (options: CommandOptions = {}): Executor => {
  const settings: Settings = { ...defaults(), ...options };
  let prefix: Promise<DeathSignalPrefix> | undefined;
  return async (job, context) => {
    refuseIfStopped(context.signal);
    prefix ??= deathSignalOf(settings);
    const tag = newRunTag();
    const plan = await planOf(job, settings, { tag, prefix: await prefix });
    refuseIfStopped(context.signal);
    const startedAt = performance.now();
    const launched = await launch(plan);
    return await attend(launched, { family: { group: launched.pid, tag }, startedAt, settings, context });
  };
};

const deathSignalOf = async ({ endWithWorker, env }: Settings): Promise<DeathSignalPrefix> =>
  endWithWorker ? await probeDeathSignal(env['PATH'] ?? DEFAULT_PATH) : [];

const planOf = async (
  job: Job,
  settings: Settings,
  { tag, prefix }: { readonly tag: string; readonly prefix: DeathSignalPrefix },
): Promise<LaunchPlan> => {
  const { command, args } = job.task;
  if (command === undefined || command === '') {
    const issues = [{ field: 'command', message: 'expected a command; got none' }];
    throw new AppError('INVALID_TASK', `a task of type ${job.type} needs a command`, { issues });
  }
  const cwd = resolve(settings.cwd, job.task.cwd ?? '.');
  await checkFolder(cwd);
  const env = environmentOf({ job, own: settings.env, inherit: settings.inheritEnv, tag });
  if (args === undefined) return { program: settings.shell, args: ['-c', command], cwd, env, prefix };
  const program = await findProgram(command, env['PATH'] ?? '', cwd);
  return { program, args, cwd, env, prefix };
};

interface Attempt {
  readonly family: Family;
  /** By the monotonic clock. */
  readonly startedAt: number;
  readonly settings: Settings;
  readonly context: JobContext;
}

const attend = async (launched: Launched, attempt: Attempt): Promise<CommandResult> => {
  const { family, startedAt, settings, context } = attempt;
  const output = outputOf(launched, settings, context);
  const stop = stopper(context.signal, family);
  const exit = await launched.exited;
  const durationMs = Math.round(performance.now() - startedAt);
  stop.release();
  const cleared = await clearOut(family, timesOf(stop, settings));
  await launched.drain(DRAIN_MS);
  const result: CommandResult = { ...exit, durationMs, ...output.finish() };
  note(context, stop, cleared);
  if (stop.request !== undefined) throw stopError(stop.request, { details: { ...result } });
  const failure = failureOf(result);
  if (failure !== undefined) throw failure;
  return result;
};

const outputOf = (launched: Launched, settings: Settings, context: JobContext): Output => {
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
const timesOf = (stop: Stopper, settings: Settings): ClearOutTimes =>
  stop.request === undefined
    ? { naturalMs: settings.naturalMs, graceMs: settings.leftoverGraceMs, forceMs: FORCE_MS }
    : { naturalMs: stop.graceLeftMs, graceMs: 0, forceMs: FORCE_MS };

const note = (context: JobContext, stop: Stopper, { ended, stuck }: ClearOut): void => {
  const names = (list: ClearOut['ended']): string =>
    list.map(({ name, pid }) => `${name} (${pid})`).join(', ');
  if (stop.forced)
    context.log('log', `the command did not end within ${stop.request?.graceMs} ms and was killed\n`);
  if (stop.request === undefined && ended.length > 0) {
    context.log('log', `the command left processes behind; they were ended: ${names(ended)}\n`);
  }
  if (stuck.length > 0) context.log('log', `processes could not be killed: ${names(stuck)}\n`);
};
