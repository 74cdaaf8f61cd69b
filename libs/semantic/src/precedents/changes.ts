import type { Change } from '@precedent/contract-types';
import { formatDuration, ownValue } from '@precedent/kernel';
import type { Run } from './run.ts';

/** The smallest factor between two durations that is a change. */
const FACTOR = 1.5;
const SECOND = 1_000;

/** The differences between the last success and a failure, likely causes first. */
export const whatChanged = (success: Run, failure: Run): readonly Change[] => [
  ...single('version', success.version, failure.version),
  ...single('command', success.command, failure.command),
  ...argChanges(success.args, failure.args),
  ...setChanges('env', success.envKeys, failure.envKeys),
  ...shapeChanges(success.payloadShape, failure.payloadShape),
  ...recordChanges('dependencies', success.dependencies, failure.dependencies),
  ...recordChanges('artifacts', success.artifacts, failure.artifacts),
  ...recordChanges('limits', limitTexts(success), limitTexts(failure)),
  ...single('pool', success.pool, failure.pool),
  ...single('worker', success.worker, failure.worker),
  ...single('cwd', success.cwd, failure.cwd),
  ...durationChange(success.durationMs, failure.durationMs),
  ...single('attempts', String(success.attempts), String(failure.attempts)),
];

const single = (
  field: Change['field'],
  before: string | undefined,
  after: string | undefined,
): readonly Change[] => (before === after ? [] : [change(field, { before, after })]);

interface Sides {
  readonly name?: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

const change = (field: Change['field'], { name, before, after }: Sides): Change => ({
  field,
  ...(name !== undefined && { name }),
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

/** Compares arguments by position when both runs have as many; else lists added and removed ones. */
const argChanges = (before: readonly string[], after: readonly string[]): readonly Change[] => {
  if (before.length !== after.length) return setChanges('args', before, after);
  return before.flatMap((one, at) => {
    if (one === after[at]) return [];
    const flag = before[at - 1];
    return [change('args', { ...(flag?.startsWith('-') && { name: flag }), before: one, after: after[at] })];
  });
};

const setChanges = (
  field: Change['field'],
  before: readonly string[],
  after: readonly string[],
): readonly Change[] => [
  ...before.filter((one) => !after.includes(one)).map((one) => change(field, { name: one, before: one })),
  ...after.filter((one) => !before.includes(one)).map((one) => change(field, { name: one, after: one })),
];

const shapeChanges = (before: readonly string[], after: readonly string[]): readonly Change[] =>
  recordChanges('payload', typesOf(before), typesOf(after));

/** A key may have several types, in the elements of a list. */
const typesOf = (shape: readonly string[]): Readonly<Record<string, string>> => {
  const types = new Map<string, string>();
  for (const one of shape) {
    const [, key = one, type = ''] = /^(.*):(\w+)$/.exec(one) ?? [];
    const before = types.get(key);
    types.set(key, before === undefined ? type : `${before}|${type}`);
  }
  return Object.fromEntries(types);
};

const recordChanges = (
  field: Change['field'],
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .toSorted()
    .map((name) => ({ name, before: ownValue(before, name), after: ownValue(after, name) }))
    .filter((one) => one.before !== one.after)
    .map((one) => change(field, one));

const limitTexts = ({ limits }: Run): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, String(value)]));

const durationChange = (before: number | undefined, after: number | undefined): readonly Change[] => {
  if (before === undefined || after === undefined || Math.abs(before - after) < SECOND) return [];
  const factor = Math.max(before, after) / Math.max(1, Math.min(before, after));
  return factor < FACTOR
    ? []
    : [change('duration', { before: formatDuration(before), after: formatDuration(after) })];
};
