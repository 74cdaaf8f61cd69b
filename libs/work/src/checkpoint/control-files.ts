/**
 * Files in the checkpoint folder by which a command and its worker communicate. They are not part of the checkpoint.
 * `.commit`: the command writes it to save the folder as it is. It is removed when the checkpoint is durable.
 * `.refused`: `.commit` is renamed to it when the folder cannot be saved; the log says why.
 * `.yield`: the worker writes it to request that the command save its work and end with code 75.
 */
export const COMMIT = '.commit';
export const REFUSED = '.refused';
export const YIELD = '.yield';

export const isControlFile = (path: string): boolean => path === COMMIT || path === REFUSED || path === YIELD;
