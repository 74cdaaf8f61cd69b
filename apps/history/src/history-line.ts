import { countText, formatDuration } from '@precedent/kernel';
import type { LineLogger } from '@precedent/kernel';
import type { HistoryEvent } from '@precedent/history';

/** Writes an event of the history to the log. */
export const writeEvent = (log: LineLogger, event: HistoryEvent): void => {
  const warn = (text: string): void => log('warn', () => text);
  const info = (text: string): void => log('info', () => text);
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
      return log('debug', () => `history forgot ${event.tasks} old tasks`);
  }
};
