import { excerptOf, isError, parseTime } from '@precedent/kernel';
import type { EpochMs, Issue } from '@precedent/kernel';
import type { ScheduleTimes } from '@precedent/contract-types';
import { CronIssue } from './cron-field.ts';
import { cronPattern } from './cron-pattern.ts';
import { nextWall } from './next-wall.ts';
import { followsWall } from './tick-name.ts';
import { ticksOf } from './tick-source.ts';
import { UTC } from './zone.ts';
import type { Zone } from './zone.ts';

const KINDS = ['cron', 'every', 'at', 'after'] as const;

export interface IssueContext {
  /** `undefined`: there is no such zone. */
  readonly zoneOf: (name: string) => Zone | undefined;
  readonly now: EpochMs;
}

/** Why the times of a schedule are refused. */
export const scheduleIssues = (times: ScheduleTimes, { zoneOf, now }: IssueContext): readonly Issue[] => {
  const issues = [...kindIssues(times), ...cronIssues(times), ...exceptIssues(times), ...policyIssues(times)];
  const { zone: name } = times;
  const zone = name === undefined ? UTC : zoneOf(name);
  if (zone === undefined)
    issues.push({
      field: 'zone',
      message: `no zone is called "${excerptOf(name ?? '', 100)}"; expected a name such as "Europe/Berlin"`,
    });
  if (issues.length > 0 || zone === undefined) return issues;
  if (ticksOf(times, { zone, since: now })(now) !== undefined) return [];
  const field = KINDS.find((kind) => times[kind] !== undefined) ?? 'cron';
  return [{ field, message: `it names no time after ${new Date(now).toISOString()}` }];
};

const kindIssues = (times: ScheduleTimes): readonly Issue[] => {
  const given = KINDS.filter((kind) => times[kind] !== undefined);
  if (given.length === 1) return [];
  const got = given.length === 0 ? 'none of them' : given.join(' and ');
  return [{ field: given[1] ?? 'cron', message: `expected one of ${KINDS.join(', ')}; got ${got}` }];
};

const cronIssues = ({ cron }: ScheduleTimes): readonly Issue[] => {
  if (cron === undefined) return [];
  try {
    const never = nextWall(cronPattern(cron), 0) === undefined;
    return never ? [{ field: 'cron', message: `no day of any year fits "${excerptOf(cron, 100)}"` }] : [];
  } catch (error) {
    if (!isError(error) || !(error instanceof CronIssue)) throw error;
    return [{ field: 'cron', message: error.message }];
  }
};

const EXCEPTION = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$/;

const exceptIssues = ({ except = [], at }: ScheduleTimes): readonly Issue[] => {
  const bad = except.findIndex((text) => !EXCEPTION.test(text) || parseTime(text) === undefined);
  const issues: Issue[] = [];
  if (bad >= 0)
    issues.push({
      field: `except[${bad}]`,
      message: `expected a day such as "2026-12-25", or a minute such as "2026-12-25T02:30"; got "${excerptOf(except[bad] ?? '', 100)}"`,
    });
  if (at !== undefined && parseTime(at) === undefined)
    issues.push({ field: 'at', message: `expected an ISO 8601 time; got "${excerptOf(at, 100)}"` });
  return issues;
};

/** A choice that would mean nothing is a mistake. */
const policyIssues = (times: ScheduleTimes): readonly Issue[] => {
  const { gap, overlap, from, until } = times;
  const issues: Issue[] = [];
  if (!followsWall(times))
    for (const [field, value] of Object.entries({ gap, overlap }))
      if (value !== undefined)
        issues.push({ field, message: 'only times on the wall of a zone have gaps and overlaps' });
  if (from !== undefined && until !== undefined && until <= from)
    issues.push({ field: 'until', message: 'expected a time behind "from"' });
  return issues;
};
