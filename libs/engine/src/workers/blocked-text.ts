import type { BlockedView } from '@precedent/contract-types';

/** `task x blocks the event loop of worker vm, at encode (file:///srv/encode.js:12:5)`, for people. */
export const blockedText = (worker: string, { tasks, place }: BlockedView): string => {
  const [task, ...more] = tasks;
  const who =
    task === undefined ? 'code' : more.length === 0 ? `task ${task}` : `one of the tasks ${tasks.join(', ')}`;
  return `${who} blocks the event loop of worker ${worker}${place === undefined ? '' : `, at ${place}`}`;
};
