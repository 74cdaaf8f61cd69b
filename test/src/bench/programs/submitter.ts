import type { TaskSpec } from '@precedent/contracts';
import type { Band } from '@precedent/kernel';
import { noopSpec, taskId, TASKS } from '../tasks.ts';
import { connectTo } from './connection.ts';
import type { ConnectionParams } from './connection.ts';
import { program } from './program.ts';

export interface SubmitterParams extends ConnectionParams {
  readonly count: number;
  readonly band: Band;
  /** Of the tasks that hold no slot. */
  readonly type: string;
  /** Milliseconds that each task holds its slot; 0: none. */
  readonly holdMs: number;
  /** Characters that are added to the payload of those tasks. */
  readonly padBytes: number;
  /** Gives each task the id that `taskId` says. */
  readonly named: boolean;
  readonly chunk: number;
  readonly window: number;
}

export interface SubmitterResult {
  /** Epoch milliseconds, right before the first submission. */
  readonly startedAt: number;
  /** Milliseconds until the last was accepted. */
  readonly ms: number;
  /** Milliseconds of CPU for that. */
  readonly cpuMs: number;
  readonly accepted: number;
  /** The first refusal. */
  readonly refusal?: string;
}

function* specs({ count, band, type, holdMs, padBytes, named }: SubmitterParams): Generator<TaskSpec> {
  const pad = 'x'.repeat(padBytes);
  for (let n = 0; n < count; n++) {
    const spec =
      holdMs > 0
        ? { type: TASKS.hold, band, payload: { ms: holdMs } }
        : paddedSpec(noopSpec(n, band, type), pad);
    yield named ? { id: taskId(n), ...spec } : spec;
  }
}

const paddedSpec = <T extends { readonly payload: object }>(spec: T, pad: string): T =>
  pad === '' ? spec : { ...spec, payload: { ...spec.payload, pad } };

program(async (params: SubmitterParams, { ready, go }): Promise<SubmitterResult> => {
  const client = await connectTo(params, 'bench-submitter');
  ready();
  await go;
  const { chunk, window } = params;
  const startedAt = Date.now();
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const outcomes = await client.submitMany(specs(params), { door: 'ask', chunk, window });
  const ms = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpuBefore);
  const refused = outcomes.find((outcome) => 'error' in outcome);
  await client.close();
  return {
    startedAt,
    ms,
    cpuMs: (user + system) / 1_000,
    accepted: outcomes.filter((outcome) => !('error' in outcome)).length,
    ...(refused && 'error' in refused && { refusal: `${refused.error.code}: ${refused.error.message}` }),
  };
});
