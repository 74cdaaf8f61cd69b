import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cellOptionsOf } from '@precedent/app-engine';
import { policyOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { AppError, messageOf } from '@precedent/kernel';
import { memoryLog, memoryWorkerLink } from '@precedent/memory';
import { plotOf, recordedLoad, simulate } from '@precedent/simulator';
import type { RecordedLoad, Scenario, SimulationReport, SimulationWorld } from '@precedent/simulator';
import type { Io } from '../io.ts';
import { readInput } from '../input-text.ts';
import { dumpedEntries, dumping, withJournal } from './simulate-journal.ts';
import { scenarioOf } from './simulate-scenario.ts';
import { UsageError } from '../usage-error.ts';

export interface SimulationWish {
  /** A scenario file, a dump, or `journal`: the journal of the cell. */
  readonly what: string;
  readonly seed?: number | undefined;
  /** A scenario file with the workers, policies and faults for recorded load. */
  readonly scenario?: string | undefined;
  readonly withOff?: boolean | undefined;
  /** Where the journal that was read is to be kept. */
  readonly dump?: string | undefined;
  readonly svg?: string | undefined;
}

/** Simulates what was asked for, and writes the files that were asked for. `told` hears percentages. */
export const runSimulation = async (
  wish: SimulationWish,
  { io, config, told }: { io: Pick<Io, 'cwd'>; config: Config; told: (percent: number) => void },
): Promise<SimulationReport> => {
  const scenario = await scenarioFor(wish, io.cwd, config);
  const report = await simulate(scenario, simulationWorld(config), {
    onProgress: async (fraction) => {
      told(Math.floor(fraction * 100));
      // Else nothing could break it off.
      await setImmediate();
    },
  });
  if (wish.svg !== undefined) written(path.resolve(io.cwd, wish.svg), plotOf(report));
  return report;
};

const scenarioFor = async (wish: SimulationWish, cwd: string, config: Config): Promise<Scenario> => {
  const { what, seed, withOff } = wish;
  const isRecorded = what === 'journal' || /\.(ndjson|jsonl)$/i.test(what);
  if (!isRecorded && (wish.scenario ?? wish.dump) !== undefined)
    throw new UsageError('--scenario and --dump go with a journal; this is a scenario');
  const recorded = isRecorded ? await recordedFor(wish, cwd, config) : undefined;
  const file = isRecorded ? wish.scenario : what;
  const text = file === undefined ? BARE : readInput(path.resolve(cwd, file));
  const name = path.basename(file ?? what);
  return scenarioOf(text, { name, policy: policyOf(config), seed, withOff, recorded });
};

/** Of recorded load alone: its own workers, and today's policy. */
const BARE = 'duration: 1ms\ndrain: 1h\n';

const recordedFor = async (wish: SimulationWish, cwd: string, config: Config): Promise<RecordedLoad> => {
  const read = (entries: Parameters<typeof recordedLoad>[0]): Promise<RecordedLoad> =>
    recordedLoad(wish.dump === undefined ? entries : dumping(entries, path.resolve(cwd, wish.dump)));
  const load =
    wish.what === 'journal'
      ? await withJournal(config, read)
      : await read(dumpedEntries(path.resolve(cwd, wish.what)));
  if (load.tasks.length > 0) return load;
  const message = `the journal holds no task that was run to its end; ${load.skipped} others are in it`;
  throw new AppError('INVALID_REQUEST', message);
};

/** The adapters in memory, and the cell as this configuration would run it. */
export const simulationWorld = (config: Config): SimulationWorld => {
  const { preemption: _preemption, aging: _aging, ...cell } = cellOptionsOf(config, 'simulator');
  return {
    cell,
    log: (now, carry) => memoryLog({ now, carry }),
    link: (carry) => memoryWorkerLink(carry),
  };
};

const written = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const why = messageOf(error);
    throw new AppError('INVALID_REQUEST', `the plot cannot be written: ${why}`, { cause: error });
  }
};
