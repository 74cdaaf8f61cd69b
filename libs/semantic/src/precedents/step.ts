import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import { plainCommand } from '../documents/phrases.ts';
import { plainText } from '../fingerprint/scrub.ts';
import type { Run } from './run.ts';

/** A task as one step of what went on: when it came, when it was over, and what it left. */
export interface Step {
  readonly task: string;
  readonly type: string;
  /** The same for tasks that do the same, and for those that ask for exactly the same. */
  readonly spec: string;
  readonly exactSpec: string;
  /** What it is called: its name, or what it runs. */
  readonly name: string;
  readonly at: EpochMs;
  /** Absent: it is not over. */
  readonly endedAt?: EpochMs;
  readonly outcome?: string;
  /** The run of a larger whole that it says it belongs to, by its label `workflow`. */
  readonly workflow?: string;
  /** Names of what it left, without what differs from run to run. */
  readonly artifacts: readonly string[];
}

/** A point of kind `spec` as a step; `undefined` for any other. */
export const stepFromSpec = ({ payload }: { readonly payload: PointPayload }): Step | undefined => {
  const [task, type, spec, exactSpec] = ['task', 'type', 'spec', 'exact_spec'].map((field) =>
    text(payload[field]),
  );
  if (payload['kind'] !== 'spec' || task === undefined || type === undefined || spec === undefined)
    return undefined;
  const run = runIn(payload);
  const { ended_at: endedAt } = payload;
  const [outcome, workflow] = [text(payload['outcome']), text(payload['workflow'])];
  return {
    task,
    type,
    spec,
    exactSpec: exactSpec ?? '',
    name: nameOf(payload, type, run),
    at: payload.at,
    artifacts: [...new Set(Object.keys(run?.artifacts ?? {}).map(plainText))],
    ...(typeof endedAt === 'number' && { endedAt }),
    ...(outcome !== undefined && { outcome }),
    ...(workflow !== undefined && { workflow }),
  };
};

const text = (value: PointPayload[string] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Commands without a name are told apart by what they run. */
const nameOf = (payload: PointPayload, type: string, run: Run | undefined): string => {
  const name = text(payload['name']) ?? type;
  return name === type && run !== undefined ? (plainCommand(run) ?? name) : name;
};

/** The run that a spec carries. */
export const runIn = (spec: PointPayload): Run | undefined =>
  typeof spec['run'] === 'string' ? (JSON.parse(spec['run']) as Run) : undefined;
