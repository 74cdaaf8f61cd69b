import { readFileSync } from 'node:fs';
import { fromRoot } from './scripts.ts';

/** The version of everything here: the root of the repository states it, and packing hands it on. */
export const VERSION: string = String(
  (JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version?: unknown }).version,
);
