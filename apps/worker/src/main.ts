import { hostname } from 'node:os';
import { connect } from '@precedent/client';
import type { Client, Worker } from '@precedent/client';
import { connectOptionsOf, isSettingName, loadConfig } from '@precedent/config';
import type { Config } from '@precedent/config';
import { countText, lineLogger } from '@precedent/kernel';
import {
  VERSION,
  announceProgress,
  announceReady,
  exitWithParent,
  keepFilesPrivate,
  onStopSignals,
  printLine,
  runProgram,
  startConfigured,
} from '@precedent/processes';
import { commandUserOf, containmentText, probeContainment, secretsIn, sweepLeftovers } from '@precedent/work';
import type { CommandUser } from '@precedent/work';
import { builtinsOf } from './builtins.ts';
import { shutdown } from './shutdown.ts';
import type { Shutdown } from './shutdown.ts';
import { attemptTracker, executorsOf } from './executors.ts';
import type { ExecutorParts } from './executors.ts';
import { machineWatch } from './machine-watch.ts';
import type { MachineWatch } from './machine-watch.ts';
import { checkpointRootIn } from './checkpoint-root.ts';
import { defaultName, workerOptionsOf, stopTimesOf } from './settings.ts';

/** Between two progress messages while no engine answers. Milliseconds. */
const WAITING_MS = 5_000;
/** Exit code after a third signal: that of the shell for SIGINT. */
const KILLED_EXIT = 130;

type Say = (line: string) => void;

const leave = (code: number): never => process.exit(code);

/** Ends the processes of an earlier worker of this machine that was killed. */
const sweep = async (folders: Pick<ExecutorParts, 'checkpointRoot'>, say: Say): Promise<void> => {
  const orphans = await sweepLeftovers(folders);
  if (orphans.length === 0) return;
  say(
    `ended the processes that a killed worker had left: ${orphans.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
  );
};

/** Prints by what the processes of commands are found, because operators rely on it. */
const sayContainment = async (say: Say): Promise<void> =>
  say(
    `processes of commands are found by ${containmentText(await probeContainment(process.env['PATH'] ?? ''))}`,
  );

interface Parts {
  readonly client: Client;
  readonly worker: Worker;
  readonly monitor: MachineWatch;
  readonly end: Shutdown;
  /** Resolves when the worker has stopped, whatever the reason. */
  readonly stopped: Promise<void>;
}

const assemble = async (
  config: Config,
  {
    checkpointRoot,
    umask,
    user,
  }: Pick<ExecutorParts, 'checkpointRoot' | 'user'> & { readonly umask: number },
  say: Say,
): Promise<Parts> => {
  const name =
    config.worker.name === '' ? defaultName(hostname(), config.storage.dataDir) : config.worker.name;
  const watch = attemptTracker();
  const builtins = builtinsOf(config, () => client, umask);
  const secrets = secretsIn({ ...config.worker.secrets, namespace: config.namespace, env: process.env });
  const executors = Object.entries(
    executorsOf(config.worker, { checkpointRoot, umask, builtins, secrets, user }),
  );
  const handlers = Object.fromEntries(executors.map(([type, executor]) => [type, watch.tracked(executor)]));
  const stopped = Promise.withResolvers<void>();
  const client = await connect(connectOptionsOf(config, `worker-${name}`));
  const worker: Worker = client.worker({
    ...workerOptionsOf(config, name),
    version: VERSION,
    handlers,
    // No handler of ours blocks: commands are processes, and what computes has a thread.
    watchdog: false,
    load: () => monitor.report(),
    onState: (state) => {
      say(`worker ${state}`);
      if (state === 'stopped') stopped.resolve();
    },
  });
  const monitor: MachineWatch = machineWatch(config, { client, worker, say });
  const end = shutdown({
    times: stopTimesOf(config),
    attempts: watch,
    drain: () => worker.drain(),
    stop: () => worker.stop({ forceMs: 0 }),
    close: async () => {
      await monitor.stop();
      await builtins.close();
      await client.close();
    },
  });
  return { client, worker, monitor, end, stopped: stopped.promise };
};

/**
 * Shuts the process down after a loss that is final: the connection, when the server no longer accepts our credentials, or the session, when
 * an engine refuses it. The parent process starts another worker.
 */
const leaveAfter = async (loss: Promise<unknown>, end: Shutdown): Promise<void> => {
  await loss;
  if (end.begun) return;
  await end.force();
  leave(1);
};

/** The first signal lets attempts finish, the second one stops them, the third one ends the process. */
const obeySignals = (end: Shutdown): void => {
  let forced = 0;
  onStopSignals({
    stop: () => void end.finish().then(() => leave(0)),
    force: () => (++forced === 1 ? void end.force() : leave(KILLED_EXIT)),
  });
};

const userOf = async ({ commandUser, types }: Config['worker']): Promise<CommandUser | undefined> =>
  commandUser === '' || !types.includes('command')
    ? undefined
    : await commandUserOf(commandUser, process.env['PATH'] ?? '');

const run = async (): Promise<void> => {
  const umask = keepFilesPrivate();
  const config = await startConfigured({ isSettingName, loadConfig });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  const say: Say = (line) => log('info', () => line);
  const user = await userOf(config.worker);
  const folders = { checkpointRoot: await checkpointRootIn(config.storage.dataDir), umask, user };
  await sweep(folders, say);
  announceProgress('connecting to NATS');
  const { client, worker, monitor, end, stopped } = await assemble(config, folders, say);
  obeySignals(end);
  exitWithParent(() => end.abandon());
  void leaveAfter(client.link.closed(), end);
  const waiting = setInterval(() => announceProgress('waiting for an engine'), WAITING_MS);
  await worker.start();
  clearInterval(waiting);
  void leaveAfter(stopped, end);
  await monitor.start();
  const { types, pools } = config.worker;
  say(
    `worker ${worker.name}: ${countText(config.execution.maxConcurrent, 'slot')} for ${types.join(', ')} in ${pools.join(', ')}`,
  );
  announceReady({ worker: worker.name, session: worker.session });
  await sayContainment(say);
};

runProgram(run);
