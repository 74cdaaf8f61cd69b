import type { Job } from '@precedent/contract-types';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { AppError, messageOf } from '@precedent/kernel';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { makeCheckpointFolder } from '../checkpoint/checkpoint-folder.ts';
import type { CheckpointFolder } from '../checkpoint/checkpoint-folder.ts';
import { folderCheckpointer, restoredInto } from '../checkpoint/folder-checkpointer.ts';
import { envReferences } from '../secrets/references.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import { withSecrets } from '../secrets/with-secrets.ts';
import { refuseIfStopped } from '../stop.ts';
import { superviseCommand } from './supervise.ts';
import type { SupervisionOptions } from './supervise.ts';
import { startedIn } from './command-user.ts';
import type { CommandUser } from './command-user.ts';
import { contained, probeContainment } from './containment.ts';
import type { Contained, Containment } from './containment.ts';
import { DEFAULT_PATH, INHERITED_ENV, environmentOf } from './environment.ts';
import type { CheckpointFacts } from './environment.ts';
import { checkFolder, findProgram } from './find-program.ts';
import { spawnCommand } from './spawn-command.ts';
import type { SpawnPlan } from './spawn-command.ts';
import { newRunTag } from './run-tag.ts';
import { saveSignalOf } from './save-signal.ts';
import type { CommandResult } from './verdict.ts';

/** How commands are run; every field has a default. */
export interface CommandOptions extends Partial<SupervisionOptions> {
  /** Runs a command that has no `args`. Default `/bin/sh`. */
  readonly shell?: string;
  /** Where a command runs that names no `cwd`, and what a relative one starts from. Default: the worker's own. */
  readonly cwd?: string;
  /** The worker's environment. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names of variables that commands take over from it. Default `INHERITED_ENV`. */
  readonly inheritEnv?: readonly string[];
  /** Whether the kernel kills a command when the worker dies, if `setpriv` is there. Default true. */
  readonly endWithWorker?: boolean;
  /** The mask of the files that commands make. Default: that of the worker. */
  readonly umask?: number | undefined;
  /** As whom commands run. Default: as the worker. Commands of another user have no checkpoints. */
  readonly user?: CommandUser | undefined;
  /** What values of `env` may refer to. Default: nothing. */
  readonly secrets?: SecretSource;
  /** Where each attempt gets its checkpoint folder. Default: the system's folder for temporary files. */
  readonly checkpointRoot?: string;
  /** Bytes of a checkpoint as JSON, where content takes a third more. Default 64 MiB. */
  readonly checkpointBytes?: number;
  /** Files and folders of a checkpoint. Default 10,000. */
  readonly checkpointEntries?: number;
}

const defaults = () => ({
  shell: '/bin/sh',
  cwd: process.cwd(),
  env: process.env as Readonly<Record<string, string | undefined>>,
  inheritEnv: INHERITED_ENV as readonly string[],
  logBytes: 1024 * 1024,
  tailBytes: 8 * 1024,
  flushMs: 50,
  naturalMs: 100,
  leftoverGraceMs: 500,
  endWithWorker: true,
  umask: undefined as number | undefined,
  user: undefined as CommandUser | undefined,
  secrets: (() => Promise.resolve(undefined)) as SecretSource,
  checkpointRoot: tmpdir(),
  checkpointBytes: 64 * 1024 * 1024,
  checkpointEntries: 10_000,
  commitEveryMs: 1_000,
  freezing: 'cgroup' as const,
});

type Settings = Required<CommandOptions>;

/**
 * Runs `task.command`: with `args` as they are, without them through the shell. Resolves to a `CommandResult`. Rejects with
 * COMMAND_FAILED, COMMAND_NOT_FOUND, INVALID_TASK, a `AttemptYield` (it ended with code 75 and goes on later), or the error of
 * the stop. It settles when no process of the attempt is left; one that cannot be killed, of another user, is given up after
 * 5 s and named in the log.
 */
export const commandExecutor = (options: CommandOptions = {}): Executor => {
  const settings: Settings = { ...defaults(), ...options };
  let probed: Promise<Containment> | undefined;
  const run: Executor = async (job, context) => {
    refuseIfStopped(context.signal);
    probed ??= containmentOf(settings);
    const containment = await probed;
    const tag = newRunTag();
    const folder = await folderOf(settings, tag);
    const box = await contained(containment, tag, settings.user?.prefix);
    try {
      return await runIn(folder, { job, context, settings, tag, box });
    } finally {
      await Promise.all([folder.remove(), box.dispose()]);
    }
  };
  return withSecrets(run, settings.secrets, envReferences);
};

interface Run {
  readonly job: Job;
  readonly context: ExecutorContext;
  readonly settings: Settings;
  readonly tag: string;
  readonly box: Contained;
}

const runIn = async (folder: CheckpointFolder, run: Run): Promise<CommandResult> => {
  const { job, context, settings, box } = run;
  const saveSignal = saveSignalOf(job);
  const restored = await restoredInto(folder.path, context);
  const isResumed = restored !== undefined;
  const segment = isResumed ? (context.resume?.segment ?? 0) + 1 : 1;
  // A folder that another user writes to could lead the worker, which is root, anywhere by its links.
  const shared = isOther(settings.user) ? undefined : folder.path;
  const plan = await planOf(run, { folder: shared, isResumed, segment });
  refuseIfStopped(context.signal);
  const limits = { maxBytes: settings.checkpointBytes, maxEntries: settings.checkpointEntries };
  const checkpointer = folderCheckpointer({ folder: folder.path, limits, context, restored });
  const startedAt = performance.now();
  const spawned = await spawnCommand(plan);
  const family = box.familyOf(spawned.pid);
  return await superviseCommand(spawned, {
    family,
    startedAt,
    settings,
    context,
    folder: folder.path,
    checkpointer,
    saveSignal,
  });
};

const folderOf = ({ checkpointRoot }: Settings, tag: string): Promise<CheckpointFolder> =>
  makeCheckpointFolder(checkpointRoot, tag).catch((error: unknown) => {
    const reason = messageOf(error);
    throw new AppError('COMMAND_FAILED', `its checkpoint folder cannot be made: ${reason}`, { cause: error });
  });

const containmentOf = ({ endWithWorker, env }: Settings): Promise<Containment> =>
  probeContainment(env['PATH'] ?? DEFAULT_PATH, endWithWorker);

const isOther = (user: CommandUser | undefined): boolean => user !== undefined && user.prefix.length > 0;

const planOf = async (run: Run, checkpoint: CheckpointFacts): Promise<SpawnPlan> => {
  const { job, settings, tag, box } = run;
  const { command, args } = job.task;
  if (command === undefined || command === '') {
    const issues = [{ field: 'command', message: 'expected a command; got none' }];
    throw new AppError('INVALID_TASK', `a task of type ${job.type} needs a command`, { issues });
  }
  const { user } = settings;
  const cwd = resolve(user?.home ?? settings.cwd, job.task.cwd ?? '.');
  await checkFolder(cwd);
  const own = { ...settings.env, ...user?.env };
  const env = environmentOf({ job, own, inherit: settings.inheritEnv, tag, checkpoint });
  const place = isOther(user)
    ? { cwd: '/', prefix: [...box.prefix, ...startedIn(cwd)] }
    : { cwd, prefix: box.prefix };
  const common = { ...place, env, umask: settings.umask };
  if (args === undefined) return { ...common, program: settings.shell, args: ['-c', command] };
  const program = await findProgram(command, env['PATH'] ?? '', cwd);
  return { ...common, program, args };
};
