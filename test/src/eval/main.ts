import { messageOf } from '@precedent/kernel';
import type { Embedder } from '@precedent/ports';
import { cachedEmbedder, memoryVectorCache, startEmbedder } from '@precedent/transformers';
import { similarityReport } from './similarity.ts';
import { evalArguments, HALVES, USAGE } from './arguments.ts';
import type { EvalArguments, Half } from './arguments.ts';
import { runQueries } from './run-queries.ts';
import { FEW, forecastReport } from './forecast.ts';
import { laterOutputs, ownOutputs, readOutputs } from './labelled-outputs.ts';
import type { OutputSet } from './labelled-outputs.ts';
import { evaluateLive } from './live.ts';
import type { LiveResult } from './live.ts';
import { liveJsonOf, liveMissesOf, liveTablesOf, missedLimits } from './live-report.ts';
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

const embedderOf = async (dir: string | undefined): Promise<Embedder> =>
  cachedEmbedder(await startEmbedder(dir === undefined ? {} : { dir }), memoryVectorCache(100_000));

/** By name; what is read from `--docs` is the only one. A file that cannot be read ends it before anything is started. */
const outputsOrExit = ({ docs, half }: EvalArguments): readonly (readonly [string, OutputSet])[] => {
  try {
    if (docs !== undefined) return [['docs', readOutputs(docs)]];
    return HALVES.filter((name) => half === undefined || name === half).map((name) => [
      name,
      outputsOf(name),
    ]);
  } catch (error) {
    note(messageOf(error));
    process.exit(64);
  }
};

const outputsOf = (half: Half): OutputSet => (half === 'first' ? ownOutputs() : laterOutputs());

/** Each half through a running product of its own. Exits with 1 when the later half misses a limit. */
const runLive = async (args: EvalArguments): Promise<void> => {
  const sets = outputsOrExit(args);
  // Ctrl-C ends this process in good order, so that the product ends with it.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const embedder = await embedderOf(args.model);
  try {
    const options = { say: note, ...(args.model !== undefined && { modelDir: args.model }) };
    const results: [string, LiveResult][] = [];
    for (const [name, set] of sets) results.push([name, await evaluateLive(set, embedder, options)]);
    sayLive(results, args);
  } finally {
    await embedder.close();
  }
};

const sayLive = (
  results: readonly (readonly [string, LiveResult])[],
  { json, misses }: EvalArguments,
): void => {
  if (json) say(JSON.stringify(liveJsonOf(results.map(([name, { report }]) => [name, report]))));
  for (const [name, { report, answers }] of results) {
    if (!json) say(`${name}: ${liveTablesOf(report)}\n`);
    if (misses) say(liveMissesOf(answers));
    if (name !== 'later') continue;
    const missed = missedLimits(report);
    for (const limit of missed) note(`missed by the later half: ${limit}`);
    if (missed.length > 0) process.exitCode = 1;
  }
};

/** Exits with 1 when the set of this repository is answered below the floors. */
const runDirect = async ({ docs, model, json, misses }: EvalArguments): Promise<void> => {
  const set = docs === undefined ? ownSet() : foreignSet(docs);
  const embedder = await embedderOf(model);
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
