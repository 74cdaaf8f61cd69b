import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import { plainCommand } from '../documents/phrases.ts';
import { plainText } from '../fingerprint/scrub.ts';
import type { Run } from './run.ts';

/** A task in the order of a project: its submission, its end and its artifacts. */
export interface Step {
  readonly task: string;
  readonly type: string;
  /** `spec` is equal for tasks whose requests differ only in numbers, paths and values; `exactSpec` for equal requests. */
  readonly spec: string;
  readonly exactSpec: string;
  /** Its name, or its command. */
  readonly name: string;
  readonly at: EpochMs;
  /** Absent while the task is open. */
  readonly endedAt?: EpochMs;
  readonly outcome?: string;
  /** Its label `workflow`: the workflow run that it belongs to. */
  readonly workflow?: string;
  /** Names of its artifacts, without what differs from run to run. */
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

/** Commands without a name are named by their command. */
const nameOf = (payload: PointPayload, type: string, run: Run | undefined): string => {
  const name = text(payload['name']) ?? type;
  return name === type && run !== undefined ? (plainCommand(run) ?? name) : name;
};

/** The run that a spec point stores. */
export const runIn = (spec: PointPayload): Run | undefined =>
  typeof spec['run'] === 'string' ? (JSON.parse(spec['run']) as Run) : undefined;
