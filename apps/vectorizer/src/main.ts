import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { gateOptionsOf, isSettingName, loadConfig, natsOptionsOf, qdrantAddressOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { SEARCH_OPERATIONS, streamsOf, subjectsOf } from '@precedent/contracts';
import { memoryVectorIndex } from '@precedent/memory';
import { connectNats, natsJournalReader, openGate, openJsonService } from '@precedent/nats';
import type { VectorIndex } from '@precedent/ports';
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
import { qdrantVectorIndex } from '@precedent/qdrant';
import { modelsIn } from './model.ts';
import { VectorizerService } from './vectorizer-service.ts';
import { searchHandlers } from './handlers.ts';

const READER = 'vectorizer';
/** The niceness of the process: indexing is less urgent than the engine and the workers of the same machine. More would starve it next to handlers that compute. */
const NICE = 5;

/** The configured Qdrant; without one an index in memory, which is filled again at every start. */
const indexOf = (config: Config): { index: VectorIndex; isDurable: boolean } => {
  if (config.vectorizer.url !== '')
    return { index: qdrantVectorIndex(qdrantAddressOf(config)), isDurable: true };
  printLine(
    'no Qdrant: what is remembered is kept in memory, and read from the journal again at every start',
  );
  return { index: memoryVectorIndex(), isDurable: false };
};

const run = async (): Promise<void> => {
  const config = await startConfigured({ isSettingName, loadConfig, nice: NICE });
  const dir = path.join(config.storage.dataDir, 'vectorizer');
  mkdirSync(dir, { recursive: true });
  announceProgress('loading the embedding model');
  const models = modelsIn({ config, dir, say: printLine });
  const model = await models.own();
  announceProgress('connecting to NATS');
  const nc = await connectNats(natsOptionsOf(config, 'vectorizer'));
  const [subjects, streams] = [subjectsOf(config.root), streamsOf(config.root)];
  const { index, isDurable } = indexOf(config);
  const vectorizer = new VectorizerService({
    nc,
    config,
    subjects,
    streams,
    models,
    index,
    reader: await natsJournalReader({ nc, stream: streams.journal(config.cell), reader: READER }),
    clock: systemClock(),
    stateFile: isDurable ? path.join(dir, 'state.db') : ':memory:',
    say: printLine,
  });
  const gate = await openGate({ nc, service: 'vectorizer', ...gateOptionsOf(config) }, Date.now);
  const service = await openJsonService({
    nc,
    name: 'precedent-search',
    description: 'The semantic history of one cell: search, precedents, predictions, notes.',
    version: VERSION,
    group: subjects.searchGroup,
    gate,
    operations: SEARCH_OPERATIONS,
    handlers: searchHandlers(
      () => vectorizer.ready,
      () => vectorizer.annotations,
      () => vectorizer.status(),
    ),
  });
  const running = vectorizer.run();
  await Promise.race([vectorizer.tried, running]);
  const close = async (): Promise<void> => {
    await service.close();
    await gate?.audit.close();
    await vectorizer.close();
    await running.catch(() => undefined);
    await Promise.all([model?.documents.close(), nc.close().catch(() => undefined)]);
  };
  const leave = (code: number): void => void close().finally(() => process.exit(code));
  onStopSignals({ stop: () => leave(0), force: () => process.exit(130) });
  exitWithParent(close);
  printLine(
    `vectorizer: ${model === undefined ? 'by words only' : model.documents.model.name}, ${isDurable ? 'Qdrant' : 'memory'}`,
  );
  announceReady({ cell: config.cell });
  await running;
};

runProgram(run);
