import cliProgress from 'cli-progress';
import type { Io } from './io.ts';

export interface Progress {
  readonly step: () => void;
  readonly end: () => void;
}

interface ProgressOptions {
  /** `undefined` when the total is unknown. */
  readonly total: number | undefined;
  readonly shown: boolean;
}

const SILENT: Progress = { step: () => undefined, end: () => undefined };

/** A bar on stderr, or a count when the total is unknown; nothing when stderr is no terminal. */
export const progressOf = ({ stderr }: Pick<Io, 'stderr'>, { total, shown }: ProgressOptions): Progress => {
  if (!stderr.isTty || !shown) return SILENT;
  const format = total === undefined ? '{value} tasks' : '{bar} {value}/{total} tasks, {eta_formatted} left';
  const bar = new cliProgress.SingleBar({ format, hideCursor: true, clearOnComplete: true });
  bar.start(total ?? 0, 0);
  return { step: () => bar.increment(), end: () => bar.stop() };
};
