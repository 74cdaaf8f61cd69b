import type { GuestMessage, HostMessage } from './protocol.ts';

export type IsolationKind = 'thread' | 'process';

/** How a guest ended that was not terminated. Absent fields are not known, or do not apply. */
export interface GuestEnd {
  readonly exitCode?: number;
  /** What ended a process, such as `SIGSEGV`. */
  readonly signal?: string;
  readonly isOutOfMemory?: boolean;
  /** What the thread or process could not even begin with, or died of. */
  readonly error?: unknown;
}

/** What a guest does. None of these may throw. */
export interface GuestListener {
  readonly received: (message: GuestMessage) => void;
  /** Called once. Nothing is received afterwards. */
  readonly ended: (end: GuestEnd) => void;
}

/** A thread or a process that runs handlers. It does not keep the process of the worker alive. */
export interface Guest {
  readonly post: (message: HostMessage) => void;
  /** Ends it and all that it has started, whatever it does. Resolves when nothing of it runs any more. */
  readonly terminate: () => Promise<void>;
}

export interface LaunchOptions {
  /** For people: shown as the name of the thread. */
  readonly name: string;
  /** Megabytes of JavaScript values. That of the process of the worker when left out. */
  readonly memoryMb?: number | undefined;
}

/** Starts a guest. It gets what is posted when it is ready. Throws where the platform refuses. */
export type LaunchGuest = (options: LaunchOptions, listener: GuestListener) => Guest;
