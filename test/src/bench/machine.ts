import os from 'node:os';
import type { FoundBinary } from '@precedent/processes';

/** Where figures were taken: they mean little without it. */
export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memGb: number;
  readonly node: string;
  readonly nats: string;
  /** ISO 8601. */
  readonly date: string;
}

export const machineOf = ({ version }: FoundBinary, now: Date): Machine => ({
  cpus: os.availableParallelism(),
  model: os.cpus()[0]?.model.trim() ?? 'unknown',
  memGb: Math.round(os.totalmem() / 2 ** 30),
  node: process.version.slice(1),
  nats: version,
  date: now.toISOString(),
});
