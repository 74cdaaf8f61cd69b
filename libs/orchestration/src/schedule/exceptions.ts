import { cutText } from '@precedent/kernel';
import type { NextWall } from './ticks.ts';
import type { WallMs } from './next-wall.ts';

const DAY_MS = 86_400_000;
const DAY_CHARS = 'yyyy-mm-dd'.length;
const MINUTE_CHARS = 'yyyy-mm-ddThh:mm'.length;

const dayText = (wall: WallMs): string => cutText(new Date(wall).toISOString(), DAY_CHARS);

/** Whether a time on the wall is excepted: its day (`2026-12-25`), or its minute (`2026-12-25T02:30`). */
export const isExcepted = (wall: WallMs, except: readonly string[]): boolean => {
  if (except.length === 0) return false;
  return (
    except.includes(dayText(wall)) || except.includes(cutText(new Date(wall).toISOString(), MINUTE_CHARS))
  );
};

/** The same times without those that are excepted. */
export const withoutExcepted = (next: NextWall, except: readonly string[]): NextWall => {
  if (except.length === 0) return next;
  const listed = [...except];
  return (after) => {
    let wall = next(after);
    while (wall !== undefined && isExcepted(wall, listed)) wall = next(lastOf(wall, listed));
    return wall;
  };
};

/** The end of what is excepted: of the day, or of the minute. */
const lastOf = (wall: WallMs, except: readonly string[]): WallMs => {
  const span = except.includes(dayText(wall)) ? DAY_MS : 60_000;
  return Math.floor(wall / span) * span + span - 1;
};
