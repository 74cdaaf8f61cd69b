import { countText, formatDuration } from '@precedent/kernel';
import type { HistoryEvent } from '@precedent/history';

/** The log level of a line. */
export type Weight = 'debug' | 'info' | 'warn';

export interface HistoryLine {
  readonly weight: Weight;
  readonly text: string;
}

const warn = (text: string): HistoryLine => ({ weight: 'warn', text });
const info = (text: string): HistoryLine => ({ weight: 'info', text });

/** The line for an event of the history. */
export const lineOf = (event: HistoryEvent): HistoryLine => {
  switch (event.name) {
    case 'history.following':
      return info(`history follows the journal from entry ${event.position.seq + 1}`);
    case 'history.waiting':
      return warn(`history waits: ${event.problem.code} ${event.problem.message}`);
    case 'history.gap':
      return warn(`history has a gap, and is being rebuilt: ${event.problem.message}`);
    case 'history.damaged':
      return warn(`history is damaged: ${event.problem.message}`);
    case 'history.rebuilding':
      return info('history is being rebuilt; the old one answers meanwhile');
    case 'history.rebuilt': {
      const { carried, fromSnapshot, lost, entries } = event.rebuilt;
      const text = `history rebuilt in ${formatDuration(event.ms)}: ${countText(carried, 'task')} carried over, ${fromSnapshot} from the snapshot, ${countText(entries, 'journal entry', 'journal entries')}`;
      return lost > 0
        ? warn(`${text}; lost: ${countText(lost, 'task')} whose verdict was never read`)
        : info(text);
    }
    case 'history.rebuild_failed':
      return warn(`history could not be rebuilt: ${event.problem.code} ${event.problem.message}`);
    case 'history.forgot':
      return { weight: 'debug', text: `history forgot ${event.tasks} old tasks` };
  }
};
