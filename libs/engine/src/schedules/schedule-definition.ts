import type { ScheduleSpec, ScheduleStatus } from '@precedent/contract-types';
import { excerptOf } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { UTC, jitterOf, scheduleIssues, ticksOf } from '@precedent/orchestration';
import type { TickSource } from '@precedent/orchestration';
import type { Zones } from '@precedent/ports';
import type { Definition, Submission } from '@precedent/tasks';
import type { DefinitionRules, OfferedDefinition } from '../definitions/definition-rules.ts';

/** A schedule as its schema has checked it. */
export type CheckedSchedule = ScheduleSpec<Submission>;

export const scheduleSpecOf = ({ spec }: Pick<Definition, 'spec'>): CheckedSchedule =>
  spec as CheckedSchedule;

export const scheduleStatusOf = ({ status, createdAt }: Definition): ScheduleStatus =>
  (status as ScheduleStatus | undefined) ?? { position: createdAt, runs: 0 };

export const scheduleKeyOf = ({ namespace, name }: Pick<Definition, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** When the engine has to look at a schedule again; `undefined`: only when somebody changes it. */
export const dueAtOf = (definition: Definition): EpochMs | undefined => {
  const { paused, next } = scheduleStatusOf(definition);
  if (paused) return paused.until;
  return next === undefined ? undefined : next + delayOf(definition);
};

export const delayOf = (definition: Definition): number =>
  jitterOf(scheduleKeyOf(definition), scheduleSpecOf(definition).jitter ?? 0);

/** The ticks of a schedule. Its zone was there when it was put; UTC if this Node does not know it. */
export const ticksOfSchedule = (definition: Definition, zones: Zones | undefined): TickSource => {
  const spec = scheduleSpecOf(definition);
  const zone = (spec.zone === undefined ? undefined : zones?.zone(spec.zone)) ?? UTC;
  return ticksOf(spec, { zone, since: definition.changedAt });
};

export interface ScheduleRulesParts {
  readonly zones?: Zones | undefined;
  readonly clock: { readonly now: () => EpochMs };
  readonly options: { readonly defaults: { readonly project: string } };
}

export const scheduleRules = ({ zones, clock, options }: ScheduleRulesParts): DefinitionRules => ({
  projectOf: (definition) => scheduleSpecOf(definition).task.project ?? options.defaults.project,
  refusalOf: (definition) => refusalOf(definition, zones, clock.now()),
});

const ISSUE_CHARS = 300;

const refusalOf = (
  definition: OfferedDefinition,
  zones: Zones | undefined,
  now: EpochMs,
): Problem | undefined => {
  const zoneOf = (name: string) => (name === 'UTC' ? UTC : zones?.zone(name));
  const issues = scheduleIssues(scheduleSpecOf(definition), { zoneOf, now });
  const [first] = issues;
  if (first === undefined) return undefined;
  const message = excerptOf(`spec.${first.field}: ${first.message}`, ISSUE_CHARS);
  return {
    code: 'INVALID_REQUEST',
    message,
    issues: issues.map(({ field, message: text }) => ({ field: `spec.${field}`, message: text })),
  };
};
