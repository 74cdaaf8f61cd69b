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

export interface SimulationRequest {
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

type SimulationIo = Pick<Io, 'cwd' | 'env'>;

/** Runs the simulation and writes the requested files. `onPercent` receives the progress. */
export const runSimulation = async (
  request: SimulationRequest,
  { io, config, onPercent }: { io: SimulationIo; config: Config; onPercent: (percent: number) => void },
): Promise<SimulationReport> => {
  const scenario = await scenarioFor(request, io, config);
  const report = await simulate(scenario, simulationWorld(config), {
    onProgress: async (fraction) => {
      onPercent(Math.floor(fraction * 100));
      // Without a turn of the event loop Ctrl-C could not end the simulation.
      await setImmediate();
    },
  });
  if (request.svg !== undefined) written(path.resolve(io.cwd, request.svg), plotOf(report));
  return report;
};

const scenarioFor = async (
  request: SimulationRequest,
  io: SimulationIo,
  config: Config,
): Promise<Scenario> => {
  const { what, seed, withOff } = request;
  const isRecorded = what === 'journal' || /\.(ndjson|jsonl)$/i.test(what);
  if (!isRecorded && (request.scenario ?? request.dump) !== undefined)
    throw new UsageError('--scenario and --dump go with a journal; this is a scenario');
  const recorded = isRecorded ? await recordedFor(request, io, config) : undefined;
  const file = isRecorded ? request.scenario : what;
  const text = file === undefined ? NO_SCENARIO : readInput(path.resolve(io.cwd, file));
  const name = path.basename(file ?? what);
  return scenarioOf(text, { name, policy: policyOf(config), seed, withOff, recorded });
};

/** Of recorded load alone: its own workers, and today's policy. */
const NO_SCENARIO = 'duration: 1ms\ndrain: 1h\n';

const recordedFor = async (
  request: SimulationRequest,
  { cwd, env }: SimulationIo,
  config: Config,
): Promise<RecordedLoad> => {
  const read = (entries: Parameters<typeof recordedLoad>[0]): Promise<RecordedLoad> =>
    recordedLoad(request.dump === undefined ? entries : dumping(entries, path.resolve(cwd, request.dump)));
  const load =
    request.what === 'journal'
      ? await withJournal({ config, env }, read)
      : await read(dumpedEntries(path.resolve(cwd, request.what)));
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
