import { connect } from '@precedent/client';
import { noopSpec } from '../tasks.ts';
import { program } from './program.ts';

export interface HoardParams {
  readonly url: string;
  readonly count: number;
}

export interface HoardResult {
  /** Additional bytes, with the requested number of tasks in memory. */
  readonly heldBytes: number;
}

/** What a process takes that keeps the id and the text of each task in a map, and knows nothing else of it. */
program(async ({ url, count }: HoardParams, { ready, go }): Promise<HoardResult> => {
  const client = await connect({ servers: url, name: 'bench-hoard' });
  ready();
  await go;
  const idleBytes = afterCollection();
  const tasks = new Map<string, { id: string; body: string }>();
  for (let n = 0; n < count; n++) {
    const id = `01JD${String(n).padStart(22, '0')}`;
    tasks.set(id, { id, body: JSON.stringify({ payload: noopSpec(n).payload }) });
  }
  const heldBytes = afterCollection() - idleBytes;
  if (tasks.size !== count) throw new Error('the tasks were not kept');
  await client.close();
  return { heldBytes };
});

const afterCollection = (): number => {
  for (let i = 0; i < 4; i++) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return process.memoryUsage.rss();
};
