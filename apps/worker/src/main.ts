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
import { containmentText, probeContainment, sweepLeftovers } from '@precedent/work';
import { builtinsOf } from './builtins.ts';
import { ending } from './ending.ts';
import type { Ending } from './ending.ts';
import { attempts, executorsOf } from './handlers.ts';
import type { Places } from './handlers.ts';
import { machineWatch } from './machine-watch.ts';
import type { MachineWatch } from './machine-watch.ts';
import { checkpointRootIn } from './places.ts';
import { defaultName, offerOf, stopTimesOf } from './settings.ts';

/** Between two signs of life while no engine answers. Milliseconds. */
const SEEKING_MS = 5_000;
/** Of a process that got a third signal to end: the shell's number for SIGINT. */
const KILLED_EXIT = 130;

type Say = (line: string) => void;

const leave = (code: number): never => process.exit(code);

/** Ends the processes of an earlier worker of this machine that was killed. */
const sweep = async (places: Pick<Places, 'checkpointRoot'>, say: Say): Promise<void> => {
  const orphans = await sweepLeftovers(places);
  if (orphans.length === 0) return;
  say(
    `ended the processes that a killed worker had left: ${orphans.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
  );
};

/** By what the processes of commands are found: printed, because operators rely on it. */
const sayContainment = async (say: Say): Promise<void> =>
  say(
    `processes of commands are found by ${containmentText(await probeContainment(process.env['PATH'] ?? ''))}`,
  );

interface Parts {
  readonly client: Client;
  readonly worker: Worker;
  readonly monitor: MachineWatch;
  readonly end: Ending;
  /** Resolves when the worker has stopped, whatever the reason. */
  readonly stopped: Promise<void>;
}

const assemble = async (
  config: Config,
  { checkpointRoot, umask }: Pick<Places, 'checkpointRoot'> & { readonly umask: number },
  say: Say,
): Promise<Parts> => {
  const name =
    config.worker.name === '' ? defaultName(hostname(), config.storage.dataDir) : config.worker.name;
  const watch = attempts();
  const builtins = builtinsOf(config, () => client, umask);
  const executors = Object.entries(executorsOf(config.worker, { checkpointRoot, umask, builtins }));
  const handlers = Object.fromEntries(executors.map(([type, executor]) => [type, watch.watched(executor)]));
  const stopped = Promise.withResolvers<void>();
  const client = await connect(connectOptionsOf(config, `worker-${name}`));
  const worker: Worker = client.worker({
    ...offerOf(config, name),
    version: VERSION,
    handlers,
    load: () => monitor.report(),
    onState: (state) => {
      say(`worker ${state}`);
      if (state === 'stopped') stopped.resolve();
    },
  });
  const monitor: MachineWatch = machineWatch(config, { client, worker, say });
  const end = ending({
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
 * Ends the process in good order when something has ended that cannot come back: the connection, when the server takes our
 * credentials no more, or the session, when a later engine refuses it. The process that started the worker starts another one.
 */
const leaveAfter = async (loss: Promise<unknown>, end: Ending): Promise<void> => {
  await loss;
  if (end.begun) return;
  await end.force();
  leave(1);
};

/** The first signal lets attempts finish, the second one ends them, the third one ends everything. */
const obeySignals = (end: Ending): void => {
  let forced = 0;
  onStopSignals({
    stop: () => void end.finish().then(() => leave(0)),
    force: () => (++forced === 1 ? void end.force() : leave(KILLED_EXIT)),
  });
};

const run = async (): Promise<void> => {
  const umask = keepFilesPrivate();
  const config = await startConfigured({ isSettingName, loadConfig });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  const say: Say = (line) => log('info', () => line);
  const places = { checkpointRoot: await checkpointRootIn(config.storage.dataDir), umask };
  await sweep(places, say);
  announceProgress('connecting to NATS');
  const { client, worker, monitor, end, stopped } = await assemble(config, places, say);
  obeySignals(end);
  exitWithParent(() => end.abandon());
  void leaveAfter(client.link.closed(), end);
  const seeking = setInterval(() => announceProgress('waiting for an engine'), SEEKING_MS);
  await worker.start();
  clearInterval(seeking);
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
