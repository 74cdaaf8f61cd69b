import { hostname } from 'node:os';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { celConditions } from '@precedent/cel';
import { gateOptionsOf, isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { Subjects } from '@precedent/contracts';
import type { PartStatus } from '@precedent/contract-types';
import { BulkOperations, Engine } from '@precedent/engine';
import type { CellPorts, EngineEndpoints } from '@precedent/engine';
import { lineLogger, ulids } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { BulkApi, Clock, EngineApi } from '@precedent/ports';
import {
  connectNats,
  ensureLogStream,
  ensureObjectStore,
  historyVerdicts,
  checkClientSpec,
  trackStandbyEngines,
  natsCheckpointBlobs,
  natsEventFeed,
  natsLeaderLink,
  natsLeaseStore,
  natsLog,
  natsObjectStore,
  natsOperationCalls,
  natsSettledTasks,
  natsTaskLogs,
  natsWorkerLink,
  openApiService,
  readRunPayload,
  openDefinitionServices,
  openRunService,
  openGate,
  openRequestIngress,
  openStreamIngress,
  openPredictionIngress,
  openWorkerIngress,
} from '@precedent/nats';
import type { Gate } from '@precedent/nats';
import {
  VERSION,
  announceProgress,
  announceReady,
  exitWithParent,
  onParentMessage,
  onStopSignals,
  openAuditFolder,
  printLine,
  runProgram,
  signHeads,
  startConfigured,
  systemClock,
  systemZones,
} from '@precedent/processes';
import type { HeadSigning } from '@precedent/processes';
import { openAccess } from './access.ts';
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
    for (const bucket of [streams.blobs, streams.objects, streams.sets])
      await ensureObjectStore({ nc, bucket, replicas });
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
    conditions: celConditions(),
    readRunPayload,
    zones: systemZones(),
    checkSpec: checkClientSpec,
    archive: historyVerdicts(natsOperationCalls(nc, root)),
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
  readonly engine: Pick<EngineApi, 'forCaller'>;
  readonly bulk: BulkApi;
  readonly gate: Gate | undefined;
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
  ...api
}: Api): ReturnType<typeof openApiService> => {
  const standby = trackStandbyEngines({ nc, subjects, cell }, () => clock.now());
  const served = await openApiService({
    nc,
    ...api,
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

interface EndpointParts extends Observed {
  readonly gate: Gate | undefined;
}

interface BulkContext {
  readonly nc: Connection;
  readonly config: Config;
  readonly gate: Gate | undefined;
  readonly clock: Clock;
}

const bulkOf = (engine: EngineApi, { nc, config, gate, clock }: BulkContext): BulkApi => {
  const { root, nats } = config;
  const now = (): number => clock.now();
  return new BulkOperations({
    engine,
    sets: natsObjectStore({ nc, bucket: streamsOf(root).sets, replicas: nats.replicas }),
    settled: natsSettledTasks({ nc, root, now }),
    callers: gate?.callers,
    record: gate && ((facts) => gate.audit.allowed(facts)),
    defaults: cellOptionsOf(config, '').defaults,
    now,
    newId: randomUUID,
  });
};

const endpointsOf = (
  nc: Connection,
  config: Config,
  { telemetry, clock, gate }: EndpointParts,
): EngineEndpoints => {
  const { cell, root } = config;
  const { replicas } = config.nats;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  const onRefused = (problem: Problem): void => telemetry.emit({ name: 'predictions.refused', problem });
  const onFault = (problem: Problem): void => telemetry.emit({ name: 'message.failed', problem });
  return {
    service: (engine) => {
      const { workers, predictions } = engine;
      const bulk = bulkOf(engine, { nc, config, gate, clock });
      return [
        endpoint('predictions', () => openPredictionIngress({ nc, predictions, subjects, cell, onRefused })),
        endpoint('workers', () => openWorkerIngress({ nc, workers, bulk, subjects, cell, gate, onFault })),
        endpoint('runs', () => openRunService({ nc, engine, gate, subjects, version: VERSION })),
        endpoint('definitions', () =>
          openDefinitionServices({ nc, engine, gate, subjects, version: VERSION }),
        ),
        endpoint('api', () => openApi({ nc, engine, bulk, gate, subjects, root, cell, clock })),
      ];
    },
    submission: (engine) => [
      endpoint('ask', () => openRequestIngress({ nc, engine, gate, subjects, version: VERSION })),
      endpoint('drop', () => openStreamIngress({ nc, engine, gate, subjects, streams, replicas })),
    ],
  };
};

/** The engine that leads signs the audit trail. */
const signHeadsOf = ({ audit, now }: Gate, dataDir: string): HeadSigning =>
  signHeads({
    trail: audit.trail,
    folder: openAuditFolder(dataDir),
    service: 'engine',
    now,
    onFault: ({ code, message }) => printLine(`the audit trail is not signed: ${code} ${message}`),
  });

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
  const gate = await openGate({ nc, service: 'engine', ...gateOptionsOf(config) }, () => clock.now());
  const closeAccess = gate && (await openAccess({ nc, config, gate, clock, telemetry }));
  const engine = new Engine(
    cellOptionsOf(config, owner),
    { ...ports, signers: gate?.registry },
    endpointsOf(nc, config, { ...ports, gate }),
  );
  let heads: HeadSigning | undefined;
  const leave = async (code: number): Promise<never> => {
    await closeAccess?.().catch(() => undefined);
    await gate?.audit.close();
    await heads?.stop();
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
  if (gate) heads = signHeadsOf(gate, config.storage.dataDir);
  printLine(readyLine(engine, performance.now() - startedAt));
  announceReady({ cell: config.cell, owner });
};

runProgram(run);
