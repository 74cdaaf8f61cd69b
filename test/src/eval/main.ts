import { cachedEmbedder, memoryVectorCache, startEmbedder } from '@precedent/transformers';
import { similarityReport } from './similarity.ts';
import { evalArguments, USAGE } from './arguments.ts';
import type { EvalArguments } from './arguments.ts';
import { runQueries } from './run-queries.ts';
import { FEW, forecastReport } from './forecast.ts';
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

/** Exits with 1 when the set of this repository is answered below the floors. */
const main = async ({ docs, json, misses }: EvalArguments): Promise<void> => {
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

await main(argumentsOrExit());
