import { messageOf } from '@precedent/kernel';
import { cachedEmbedder, memoryVectorCache, startEmbedder } from '@precedent/transformers';
import { similarityReport } from './similarity.ts';
import { evalArguments, USAGE } from './arguments.ts';
import type { EvalArguments } from './arguments.ts';
import { runQueries } from './run-queries.ts';
import { FEW, forecastReport } from './forecast.ts';
import { ownOutputs, readOutputs } from './labelled-outputs.ts';
import type { OutputSet } from './labelled-outputs.ts';
import { evaluateLive } from './live.ts';
import { liveMissesOf, liveTablesOf } from './live-report.ts';
import { foreignSet, ownSet, ownTasks } from './labelled-set.ts';
import { missesOf, tablesOf } from './report.ts';
import { FLOORS, belowFloors, reportOf } from './scores.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const argumentsOrExit = (): EvalArguments => {
  try {
    return evalArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exit(64);
  }
};

const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** A file that cannot be read ends it before anything is started. */
const outputsOrExit = (docs: string | undefined): OutputSet => {
  try {
    return docs === undefined ? ownOutputs() : readOutputs(docs);
  } catch (error) {
    note(messageOf(error));
    process.exit(64);
  }
};

/** Through a running product. It has no floors yet. */
const runLive = async ({ docs, json, misses }: EvalArguments): Promise<void> => {
  const set = outputsOrExit(docs);
  // Ctrl-C ends this process in good order, so that the product ends with it.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const embedder = cachedEmbedder(await startEmbedder(), memoryVectorCache(100_000));
  try {
    const { report, answers } = await evaluateLive(set, embedder, note);
    say(json ? JSON.stringify(report) : liveTablesOf(report));
    if (misses) say(liveMissesOf(answers));
  } finally {
    await embedder.close();
  }
};

/** Exits with 1 when the set of this repository is answered below the floors. */
const runDirect = async ({ docs, json, misses }: EvalArguments): Promise<void> => {
  const set = docs === undefined ? ownSet() : foreignSet(docs);
  const embedder = cachedEmbedder(await startEmbedder(), memoryVectorCache(100_000));
  try {
    const outcomes = await runQueries(set, { embedder });
    const search = reportOf(outcomes);
    const forecast =
      docs === undefined
        ? {
            prediction: forecastReport(),
            counted: forecastReport(1, FEW),
            similarity: await similarityReport(ownTasks(), embedder),
          }
        : {};
    const report = { documents: set.documents.length, model: embedder.model.name, ...search, ...forecast };
    say(json ? JSON.stringify(report) : tablesOf(report));
    if (misses) say(missesOf(outcomes));
    const failed = docs === undefined ? belowFloors(search) : [];
    for (const floor of failed) process.stderr.write(`below the floor: ${floor} ${FLOORS[floor]}\n`);
    if (failed.length > 0) process.exitCode = 1;
  } finally {
    await embedder.close();
  }
};

const args = argumentsOrExit();
await (args.live ? runLive(args) : runDirect(args));
