import { parseArgs } from 'node:util';
import { AppError, nearest } from '@precedent/kernel';
import type { Bench, BenchOptions } from './bench.ts';
import { BEHIND_KINDS } from './behind.ts';

export interface BenchArguments {
  readonly name: string;
  readonly json: boolean;
  readonly runs: number;
  /** Folder for a CPU profile of every process. */
  readonly profile?: string;
  readonly options: BenchOptions;
}

const RUNS = 3;
const RUNS_MAX = 100;
const BURST_MAX = 100;
const TASKS_MAX = 100_000_000;

/** `<name> [--json] [--runs n] [--profile folder]`, and the options of the benchmark. Throws INVALID_REQUEST, which names the benchmarks there are. */
export const benchArguments = (
  args: readonly string[],
  benches: Readonly<Record<string, BenchTakes>>,
): BenchArguments => {
  const names = Object.keys(benches);
  const { values, positionals } = parsed(args);
  const [name = ''] = positionals;
  if (!names.includes(name) || positionals.length > 1) throw unknownName(positionals.join(' '), names);
  const runs = Number(values.runs ?? RUNS);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX)
    throw new AppError('INVALID_REQUEST', `--runs is a number from 1 to ${RUNS_MAX}; got ${values.runs}`);
  const { json = false, profile } = values;
  return {
    name,
    json,
    runs,
    ...(profile !== undefined && { profile }),
    options: optionsOf(name, benches[name], values),
  };
};

type BenchTakes = Pick<Bench, 'options'>;

const optionsOf = (
  name: string,
  bench: BenchTakes | undefined,
  { behind, burst, tasks }: Partial<Readonly<Record<keyof BenchOptions, string>>>,
): BenchOptions => {
  for (const [option, value] of Object.entries({ behind, burst, tasks }))
    if (value !== undefined && !bench?.options?.some((one) => one === option))
      throw new AppError('INVALID_REQUEST', `${name} has no --${option}`);
  const kind = BEHIND_KINDS.find((one) => one === behind);
  if (behind !== undefined && kind === undefined)
    throw new AppError('INVALID_REQUEST', `--behind is one of ${BEHIND_KINDS.join(', ')}; got ${behind}`);
  const count = Number(burst ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > BURST_MAX)
    throw new AppError('INVALID_REQUEST', `--burst is a number from 1 to ${BURST_MAX}; got ${burst}`);
  return {
    ...(kind && { behind: kind }),
    burst: count,
    ...(tasks !== undefined && { tasks: taskCount(tasks) }),
  };
};

const taskCount = (text: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= TASKS_MAX) return count;
  throw new AppError('INVALID_REQUEST', `--tasks is a number from 1 to ${TASKS_MAX}; got ${text}`);
};

const parsed = (args: readonly string[]) => {
  const options = {
    json: { type: 'boolean' },
    runs: { type: 'string' },
    profile: { type: 'string' },
    behind: { type: 'string' },
    burst: { type: 'string' },
    tasks: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_REQUEST', text, { cause });
  }
};

const unknownName = (name: string, names: readonly string[]): AppError => {
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const fact = name === '' ? 'no benchmark is named' : `there is no benchmark "${name}"`;
  return new AppError('INVALID_REQUEST', `${fact}${hint} There are: ${names.join(', ')}`);
};
