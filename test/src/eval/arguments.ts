import path from 'node:path';
import { parseArgs } from 'node:util';

/** Of the raw outputs of this repository: what the ranking is chosen on, and what was written afterwards. */
export const HALVES = ['first', 'later'] as const;
export type Half = (typeof HALVES)[number];

export interface EvalArguments {
  /** The file of a foreign labelled set; left out: the set of this repository. */
  readonly docs?: string;
  /** Runs raw outputs through a running product. */
  readonly live: boolean;
  /** The half of the raw outputs of this repository to run; left out: both. */
  readonly half?: Half;
  /** The folder of a model; left out: the shipped one. */
  readonly model?: string;
  /** One line of JSON instead of tables. */
  readonly json: boolean;
  /** Lists the queries whose answer was not the first. */
  readonly misses: boolean;
}

export const USAGE =
  'usage: npm run eval -- [--live [--half first|later]] [--docs labelled-set.json] [--model folder] [--json] [--misses]';

/** Throws for what it does not know. */
export const evalArguments = (args: readonly string[]): EvalArguments => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      docs: { type: 'string' },
      model: { type: 'string' },
      live: { type: 'boolean' },
      half: { type: 'string' },
      json: { type: 'boolean' },
      misses: { type: 'boolean' },
    },
  });
  const half = HALVES.find((name) => name === values.half);
  if (half !== values.half) throw new Error(`--half: expected ${HALVES.join(' or ')}, not "${values.half}"`);
  return {
    ...(half !== undefined && { half }),
    ...(values.docs !== undefined && { docs: values.docs }),
    ...(values.model !== undefined && { model: path.resolve(values.model) }),
    live: values.live ?? false,
    json: values.json ?? false,
    misses: values.misses ?? false,
  };
};
