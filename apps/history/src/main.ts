import path from 'node:path';
import { gateOptionsOf, isSettingName, loadConfig, natsOptionsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import { Historian } from '@precedent/history';
import type { HistoryFiles } from '@precedent/history';
import { lineLogger } from '@precedent/kernel';
import type { LineLogger } from '@precedent/kernel';
import {
  connectNats,
  deleteLogs,
  natsJournalReader,
  natsLog,
  natsTaskOutput,
  openGate,
  openHistoryService,
} from '@precedent/nats';
import {
  VERSION,
  announceProgress,
  announceReady,
  exitWithParent,
  onStopSignals,
  printLine,
  runProgram,
  startConfigured,
  systemClock,
} from '@precedent/processes';
import { openHistoryFolder } from '@precedent/sqlite';
import type { HistoryFolder } from '@precedent/sqlite';
import { writeEvent } from './history-line.ts';

/** Less urgent than the engine and the workers of the same machine. */
const NICE = 10;

type Connection = Awaited<ReturnType<typeof connectNats>>;

const historianOf = (config: Config, nc: Connection, files: HistoryFiles, log: LineLogger): Historian => {
  const { cell, root, namespace, project } = config;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  const onRetry = (error: Error): void => log('warn', () => `history waits: ${error.message}`);
  return new Historian({
    files,
    openReader: (reader) =>
      natsJournalReader({
        nc,
        stream: streams.journal(cell),
        onRetry,
        ...(reader !== undefined && { reader: `${reader}` }),
      }),
    snapshots: () =>
      natsLog({
        nc,
        stream: streams.snapshot(cell),
        subject: subjects.snapshot(cell),
        replicas: config.nats.replicas,
        hasHoles: true,
      }),
    output: natsTaskOutput({ nc, subjects, streams }),
    removeLogs: (task) => deleteLogs({ nc, subjects, streams }, task),
    clock: systemClock(),
    defaults: { namespace, project },
    retentionMs: config.history.retention,
    emit: (event) => writeEvent(log, event),
  });
};

const openFolder = (config: Config, log: LineLogger): HistoryFolder => {
  const dir = path.join(config.storage.dataDir, 'history');
  announceProgress('opening the history');
  const folder = openHistoryFolder(dir, Date.now());
  if (folder.moved) {
    const { to, problem } = folder.moved;
    log('warn', () => `history moved aside to ${to}: ${problem.code} ${problem.message}`);
  }
  return folder;
};

const run = async (): Promise<void> => {
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const log = lineLogger(config.monitoring.logLevel, printLine);
  const folder = openFolder(config, log);
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'history'));
  const historian = historianOf(config, nc, folder, log);
  const gate = await openGate({ nc, service: 'history', ...gateOptionsOf(config) }, Date.now);
  const service = await openHistoryService({
    nc,
    api: historian.service,
    root: config.root,
    gate,
    version: VERSION,
  });
  const leave = async (code: number): Promise<never> => {
    await service.close();
    await gate?.audit.close();
    await historian.stop();
    folder.close();
    await nc.close().catch(() => undefined);
    process.exit(code);
  };
  // The database is not closed, so that the next process checks every page of it.
  historian.onDamaged = () => process.exit(1);
  onStopSignals({ stop: () => void leave(0).catch(() => process.exit(1)), force: () => process.exit(130) });
  exitWithParent(() => leave(0));
  historian.start();
  announceReady({ cell: config.cell });
};

runProgram(run);
