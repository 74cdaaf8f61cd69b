import { problemOf } from '@precedent/kernel';

/** Reports to the program that started this one that it is ready, with these fields. Does nothing without such a program. */
export const announceReady = (fields: Readonly<Record<string, unknown>> = {}): void =>
  sendToParent({ ...fields, kind: 'ready' });

/** Reports progress of a long start: `replaying the journal: 40 %`. */
export const announceProgress = (text: string): void => sendToParent({ kind: 'progress', text });

/** Reports why this program could not start. Exit afterwards. */
export const announceFailed = (error: unknown): void =>
  sendToParent({ kind: 'failed', problem: problemOf(error) });

/** Calls `take` with the content of every message of this kind from the program that started us. */
export const onParentMessage = (kind: string, take: (content: unknown) => void): void => {
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    if (message.kind === kind && 'content' in message) take(message.content);
  });
};

const sendToParent = (message: Readonly<Record<string, unknown>>): void => {
  // An error here means that the parent has ended; `exitWithParent` deals with that.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

/** Less than the time after which a bound process is killed. Milliseconds. */
const LIMIT_MS = 3_500;

/**
 * Ends this process when the process that started it has ended, even if that was killed: the system closes the channel between them.
 * `stop` may take up to 3.5 seconds. Does nothing when this process was started by hand.
 */
export const exitWithParent = (stop: () => Promise<void> = () => Promise.resolve()): void => {
  if (!process.channel) return;
  // The parent read our output: what we print from here on would otherwise end us with an EPIPE error.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  const leave = (): void => {
    setTimeout(() => process.exit(1), LIMIT_MS);
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  if (process.connected) process.once('disconnect', leave);
  else leave();
};
