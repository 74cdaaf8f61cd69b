import { cutText, hash53 } from '@precedent/kernel';
import type { EpochMs, Sha256 } from '@precedent/kernel';
import type { ScheduleTimes } from '@precedent/contract-types';
import { hasZone, transitionPolicyOf } from './tick-source.ts';
import type { Tick } from './ticks.ts';

/**
 * The nominal time of a tick: what its wall shows, or the instant where it follows no wall. It does not change with the data of the zone. The
 * second of two ticks at the same time on the wall is marked.
 */
export const nominalOf = (times: ScheduleTimes, { wall, moved }: Tick): string => {
  const text = cutText(new Date(wall).toISOString(), 'yyyy-mm-ddThh:mm:ss'.length);
  if (!followsWall(times)) return `${text}Z`;
  return moved === 'last' && transitionPolicyOf(times).overlap !== 'last' ? `${text}+` : text;
};

export const followsWall = ({ cron, at }: ScheduleTimes): boolean =>
  cron !== undefined || (at !== undefined && !hasZone(at));

/** Together with the time they fit into an id; the hash tells names apart that begin alike. */
const NAME_CHARS = 24;
const HASH_CHARS = 16;

/** The same for the same tick, whatever became of the engine meanwhile: so it runs once. */
export const tickTaskId = (
  { namespace, name }: { readonly namespace: string; readonly name: string },
  nominal: string,
  sha256: Sha256,
): string => {
  const shown = cutText(name.replaceAll('.', '-'), NAME_CHARS);
  const time = nominal.replaceAll(/[-:.]/gu, '').replace('+', '-2');
  return `${shown}-${time}-${cutText(sha256(`${namespace}/${name}/${nominal}`), HASH_CHARS)}`;
};

/** Spreads schedules that are due at the same time: each always by the same part of its jitter. Milliseconds. */
export const jitterOf = (schedule: string, jitter: number): EpochMs => hash53(schedule) % (jitter + 1);
