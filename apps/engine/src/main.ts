import { hostname } from 'node:os';
import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { Subjects } from '@precedent/contracts';
import type { PartStatus } from '@precedent/contract-types';
import { Engine } from '@precedent/engine';
import type { CellPorts, EngineEndpoints } from '@precedent/engine';
import { lineLogger, ulids } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Clock, ExplanationApi, TaskApi } from '@precedent/ports';
import {
  connectNats,
  ensureLogStream,
  ensureObjectStore,
  trackStandbyEngines,
  natsCheckpointBlobs,
  natsEventFeed,
  natsLeaderLink,
  natsLeaseStore,
  natsLog,
  natsTaskLogs,
  natsWorkerLink,
  openApiService,
  openRequestIngress,
  openStreamIngress,
  openPredictionIngress,
  openWorkerIngress,
} from '@precedent/nats';
import {
  VERSION,
  announceProgress,
  announceReady,
  exitWithParent,
  onParentMessage,
  onStopSignals,
  printLine,
  runProgram,
  startConfigured,
  systemClock,
} from '@precedent/processes';
import { cellOptionsOf } from './cell-options.ts';
import { endpoint } from './endpoint.ts';
import { keepAlive, readyLine, reportStandby } from './lifecycle.ts';
import { openObserver } from './observer.ts';
import { reporter } from './reporter.ts';

/** Like the NATS server, the engine must answer while tasks keep every processor busy. */
const NICE = -5;

type Connection = Awaited<ReturnType<typeof connectNats>>;
type Observed = Pick<CellPorts, 'clock' | 'telemetry' | 'traces'>;

/** Randomness for ids: no secret, but two engines must not draw the same. In [0, 1). */
const random = (): number => randomInt(2 ** 32) / 2 ** 32;

const portsOf = async (
  nc: Connection,
  config: Config,
  { clock, telemetry, traces }: Observed,
): Promise<CellPorts> => {
  const { cell, root, events } = config;
  const { replicas } = config.nats;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  await ensureLogStream({ nc, subjects, streams, replicas });
  if (replicas > 1)
    for (const bucket of [streams.blobs, streams.objects]) await ensureObjectStore({ nc, bucket, replicas });
  return {
    clock,
    journal: await natsLog({
      nc,
      stream: streams.journal(cell),
      subject: subjects.journal(cell),
      replicas,
      onReaderSkipped: (left) => telemetry.emit({ name: 'journal.reader_lagging', ...left }),
    }),
    snapshots: await natsLog({
      nc,
      stream: streams.snapshot(cell),
      subject: subjects.snapshot(cell),
      replicas,
      hasHoles: true,
    }),
    leases: await natsLeaseStore({ nc, bucket: streams.leases, replicas }),
    leader: natsLeaderLink({ nc, subjects }),
    workers: natsWorkerLink({ nc, subjects }),
    feed: natsEventFeed({ nc, subjects, cell, mode: events }),
    blobs: natsCheckpointBlobs({ nc, bucket: streams.blobs, replicas }),
    logs: natsTaskLogs({ nc, subjects, streams }),
    telemetry,
    traces,
    ids: ulids(random),
    random: Math.random,
  };
};

/** The states of the parts, from the `precedent up` that started this engine. */
let parts: readonly PartStatus[] | undefined;
onParentMessage('parts', (content) => {
  parts = content as readonly PartStatus[];
});

interface Api {
  readonly nc: Connection;
  readonly tasks: TaskApi;
  readonly explanations: ExplanationApi;
  readonly subjects: Subjects;
  readonly root: string;
  readonly cell: string;
  readonly clock: Clock;
}

/** The API, whose `status` names the engines that stand by. */
const openApi = async ({
  nc,
  subjects,
  root,
  cell,
  clock,
  ...engine
}: Api): ReturnType<typeof openApiService> => {
  const standby = trackStandbyEngines({ nc, subjects, cell }, () => clock.now());
  const served = await openApiService({
    nc,
    ...engine,
    subjects,
    root,
    version: VERSION,
    parts: () => parts,
    standby: () => standby.names(),
  });
  return {
    close: async () => void (await Promise.all([served.close(), standby.close()])),
    abandon: (problem) => served.abandon(problem),
  };
};

const endpointsOf = (nc: Connection, config: Config, { telemetry, clock }: Observed): EngineEndpoints => {
  const { cell, root } = config;
  const { replicas } = config.nats;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  const onRefused = (problem: Problem): void => telemetry.emit({ name: 'predictions.refused', problem });
  const onFault = (problem: Problem): void => telemetry.emit({ name: 'message.failed', problem });
  return {
    service: ({ tasks, workers, explanations, predictions }) => [
      endpoint('predictions', () => openPredictionIngress({ nc, predictions, subjects, cell, onRefused })),
      endpoint('workers', () => openWorkerIngress({ nc, workers, subjects, cell, onFault })),
      endpoint('api', () => openApi({ nc, tasks, explanations, subjects, root, cell, clock })),
    ],
    submission: ({ tasks }) => [
      endpoint('ask', () => openRequestIngress({ nc, tasks, subjects, version: VERSION })),
      endpoint('drop', () => openStreamIngress({ nc, tasks, subjects, streams, replicas })),
    ],
  };
};

const run = async (): Promise<void> => {
  const startedAt = performance.now();
  const { values } = parseArgs({ options: { owner: { type: 'string' } } });
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const owner = values.owner ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'engine'));
  const clock = systemClock();
  const log = reportStandby(reporter(lineLogger(config.monitoring.logLevel, printLine)), clock, (holder) =>
    announceReady({ cell: config.cell, owner, standbyFor: holder }),
  );
  const observer = await openObserver({ config, owner, version: VERSION, clock, log, say: printLine });
  const { telemetry, traces } = observer;
  const ports = await portsOf(nc, config, { clock, telemetry, traces });
  const engine = new Engine(cellOptionsOf(config, owner), ports, endpointsOf(nc, config, ports));
  const leave = async (code: number): Promise<never> => {
    await Promise.all([nc.close().catch(() => undefined), observer.close()]);
    process.exit(code);
  };
  const stop = async (): Promise<void> => {
    if (engine.state === 'running' || engine.state === 'starting')
      await engine.stop({ drainMs: config.execution.stopTimeout });
  };
  onStopSignals({
    stop: () =>
      void stop().then(
        () => leave(0),
        () => leave(1),
      ),
    force: () => engine.force(),
  });
  exitWithParent(() => engine.stop({ drainMs: 0 }));
  keepAlive(engine, (problem) => {
    printLine(`engine ended: ${problem.code} ${problem.message}`);
    void leave(1);
  });
  announceProgress('recovering');
  await engine.start();
  printLine(readyLine(engine, performance.now() - startedAt));
  announceReady({ cell: config.cell, owner });
};

runProgram(run);
