import type { ConnectionOptions } from '@nats-io/nats-core';

/** What the watchdog of a session needs to report for it. It can be copied to another thread. */
export interface WatchedSession {
  readonly worker: string;
  readonly session: string;
  /** Where the session reports to, where it is assigned tasks, and where the logs of tasks go, with a dot at its end. */
  readonly subjects: { readonly report: string; readonly assign: string; readonly output: string };
  /** `LIMITS`: its module is large, and the watchdog needs no other part of it. */
  readonly limits: { readonly blockersNamed: number; readonly placeChars: number };
  /** Of an `AttemptBoard`. */
  readonly memory: SharedArrayBuffer;
}

/** With what its own connection is made. */
export type WatchdogInput = WatchedSession & { readonly connection: ConnectionOptions };

/**
 * Starts a watchdog. `unblocked` is called when the event loop goes on after it was blocked. Returns what stops it. Never throws: without one, a
 * worker runs as well.
 */
export type StartWatchdog = (input: WatchdogInput, unblocked: () => void) => () => void;
