import { AppError } from '@precedent/kernel';
import type { IsolatedHandler, IsolatedOptions } from './isolated-handler.ts';
import { isolatedHandler } from './isolated-handler.ts';

/** Browsers have no threads or processes of Node: a worker with such a handler does not start there (INVALID_CONFIG). */
export const isolatedInBrowser = (options: IsolatedOptions): IsolatedHandler =>
  isolatedHandler(options, () => {
    throw new AppError('INVALID_CONFIG', 'isolated handlers run on Node only');
  });
