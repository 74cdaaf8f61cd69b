import { setTimeout as pause } from 'node:timers/promises';
import { noopSpec } from '../tasks.ts';
import { connectTo } from './connection.ts';
import type { ConnectionParams } from './connection.ts';
import { program } from './program.ts';

export interface AlternatingProbeParams {
  readonly cells: readonly ConnectionParams[];
  /** How long it submits before it counts: until the code is warm. */
  readonly warmUpMs: number;
  readonly ms: number;
  readonly pauseMs: number;
}

const LIMIT_MS = 60_000;

/**
 * Submits one task to each cell in turn and waits for its answer. Resolves to the milliseconds of each, by cell: what else the machine does
 * meets all cells alike.
 */
program(
  async (
    { cells, warmUpMs, ms, pauseMs }: AlternatingProbeParams,
    { ready, go },
  ): Promise<readonly (readonly number[])[]> => {
    const clients = await Promise.all(cells.map((cell) => connectTo(cell, 'bench-probe')));
    const times = cells.map((): number[] => []);
    ready();
    await go;
    const countsFrom = performance.now() + warmUpMs;
    for (let n = 0; performance.now() < countsFrom + ms; n++)
      for (const [at, client] of clients.entries()) {
        const startedAt = performance.now();
        await client.submit(noopSpec(n), { door: 'ask', timeoutMs: LIMIT_MS });
        if (startedAt >= countsFrom) times[at]?.push(performance.now() - startedAt);
        await pause(pauseMs);
      }
    await Promise.all(clients.map((client) => client.close()));
    return times;
  },
);
