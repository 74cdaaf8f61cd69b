/** What may block the event loop of a worker, and where that code is. */
interface Blocker {
  readonly tasks: readonly string[];
  readonly place?: string | undefined;
}

/** `task x blocks the event loop of worker vm, at encode (file:///srv/encode.js:12:5)`, for people. */
export const blockedText = (worker: string, { tasks, place }: Blocker): string => {
  const [task, ...more] = tasks;
  const who =
    task === undefined ? 'code' : more.length === 0 ? `task ${task}` : `one of the tasks ${tasks.join(', ')}`;
  return `${who} blocks the event loop of worker ${worker}${place === undefined ? '' : `, at ${place}`}`;
};
