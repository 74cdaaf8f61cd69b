import type { JournalledEvent } from '@precedent/contract-types';
import type { TaskEventFilter } from './task-events.port.ts';

/** Whether an event meets a filter, as the history decides it. */
export const isWanted = (event: JournalledEvent, filter: TaskEventFilter): boolean => {
  const { namespace, project, projects, band, type, event: names, task } = filter;
  return (
    isOne(event.namespace, namespace && [namespace]) &&
    isOne(event.project, project && [project]) &&
    isOne(event.project, projects) &&
    isOne(event.band, band) &&
    isOne(event.type, type) &&
    isOne(event.event, names) &&
    isOne(event.id, task && [task])
  );
};

const isOne = (value: string, wanted: readonly string[] | '' | undefined): boolean =>
  wanted === undefined || wanted === '' || wanted.includes(value);
