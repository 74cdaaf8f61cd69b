import { parseArgs } from 'node:util';

export interface EvalArguments {
  /** The file of a foreign labelled set; left out: the set of this repository. */
  readonly docs?: string;
  /** Runs raw outputs through a running product. */
  readonly live: boolean;
  /** One line of JSON instead of tables. */
  readonly json: boolean;
  /** Lists the queries whose answer was not the first. */
  readonly misses: boolean;
}

export const USAGE = 'usage: npm run eval -- [--live] [--docs labelled-set.json] [--json] [--misses]';

/** Throws for what it does not know. */
export const evalArguments = (args: readonly string[]): EvalArguments => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      docs: { type: 'string' },
      live: { type: 'boolean' },
      json: { type: 'boolean' },
      misses: { type: 'boolean' },
    },
  });
  return {
    ...(values.docs !== undefined && { docs: values.docs }),
    live: values.live ?? false,
    json: values.json ?? false,
    misses: values.misses ?? false,
  };
};
