import { parseArgs } from 'node:util';
import { AppError, nearest } from '@precedent/kernel';

export interface BenchArguments {
  readonly name: string;
  readonly json: boolean;
  readonly runs: number;
  /** Folder for a CPU profile of every process. */
  readonly profile?: string;
}

const RUNS = 3;
const RUNS_MAX = 100;

/** `<name> [--json] [--runs n] [--profile folder]`. Throws INVALID_REQUEST, which names the benchmarks there are. */
export const benchArguments = (args: readonly string[], names: readonly string[]): BenchArguments => {
  const { values, positionals } = parsed(args);
  const [name = ''] = positionals;
  if (!names.includes(name) || positionals.length > 1) throw unknownName(positionals.join(' '), names);
  const runs = Number(values.runs ?? RUNS);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX)
    throw new AppError('INVALID_REQUEST', `--runs is a number from 1 to ${RUNS_MAX}; got ${values.runs}`);
  const { json = false, profile } = values;
  return { name, json, runs, ...(profile !== undefined && { profile }) };
};

const parsed = (args: readonly string[]) => {
  const options = {
    json: { type: 'boolean' },
    runs: { type: 'string' },
    profile: { type: 'string' },
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
