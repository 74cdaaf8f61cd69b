/**
 * How a command and its worker speak through the checkpoint folder. They are not part of what is kept.
 * `.commit`: written by the command: keep the folder as it is now. It goes away when that is durable.
 * `.refused`: what `.commit` becomes when the folder could not be kept; the log says why.
 * `.yield`: written by the worker: save, and end with code 75.
 */
export const COMMIT = '.commit';
export const REFUSED = '.refused';
export const YIELD = '.yield';

export const isControlFile = (path: string): boolean => path === COMMIT || path === REFUSED || path === YIELD;
