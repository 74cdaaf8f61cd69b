import { AppError, errorCode, messageOf } from '@precedent/kernel';
import type { HandlerModule } from './protocol.ts';

/** What Node says of a file whose ending it does not run. */
const NOT_RUN = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING']);

/** The handler of a module cannot be used: names module and export. */
export const loadError = ({ module, export: name }: HandlerModule, cause: unknown): AppError => {
  const isTypeScript = NOT_RUN.has(errorCode(cause) ?? '') && messageOf(cause).includes('ts');
  const hint = isTypeScript
    ? '; this Node does not run TypeScript there: use Node 22.18 or newer, or name the compiled module (.js)'
    : '';
  const message = `cannot load the isolated handler ${name} of ${module}: ${messageOf(cause)}${hint}`;
  return new AppError('INVALID_CONFIG', message, { cause });
};
