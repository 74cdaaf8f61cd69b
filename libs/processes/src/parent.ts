import { problemOf } from '@precedent/kernel';

/** Tells the program that started us that we are ready, with whatever it should know. Nothing without such a program. */
export const announceReady = (fields: Readonly<Record<string, unknown>> = {}): void =>
  tell({ ...fields, kind: 'ready' });

/** A sign of life during a long start: `replaying the journal: 40 %`. */
export const announceProgress = (text: string): void => tell({ kind: 'progress', text });

/** Why we could not start. Exit afterwards. */
export const announceFailed = (error: unknown): void => tell({ kind: 'failed', problem: problemOf(error) });

/** Calls `take` with the content of every message of this kind from the program that started us. */
export const onParentMessage = (kind: string, take: (content: unknown) => void): void => {
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    if (message.kind === kind && 'content' in message) take(message.content);
  });
};

const tell = (word: Readonly<Record<string, unknown>>): void => {
  // An error here means that the parent is gone; `exitWithParent` deals with that.
  if (process.connected) process.send?.(word, undefined, undefined, () => undefined);
};

/** Less than the time after which a bound process is killed. Milliseconds. */
const LIMIT_MS = 3_500;

/**
 * Ends this process when the one that started it is gone, even if that was killed: the system closes the channel between them.
 * `stop` may use up to 3.5 seconds for an orderly end. Nothing when the process was started by hand.
 */
export const exitWithParent = (stop: () => Promise<void> = () => Promise.resolve()): void => {
  if (!process.channel) return;
  // It read what we print: what we print during our end would otherwise end us in the middle of it.
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
