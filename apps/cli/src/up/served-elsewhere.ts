import { connectOptionsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import type { Cli } from '../cli.ts';

/** Parts of which a cell needs one, wherever it runs. */
export const SINGLE_PARTS = ['history', 'vectorizer'] as const;

export type SinglePart = (typeof SINGLE_PARTS)[number];

/** Whether the cell has this part already, on another machine. */
export type IsServed = (part: SinglePart) => Promise<boolean>;

export const servedElsewhere =
  ({ connect }: Pick<Cli, 'connect'>, config: Config): IsServed =>
  async (part) => {
    const client = await connect(connectOptionsOf(config, 'cli'));
    try {
      await (part === 'history' ? client.history : client.search).status();
      return true;
    } catch {
      return false;
    } finally {
      await client.close();
    }
  };
