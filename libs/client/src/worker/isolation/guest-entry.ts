import { existsSync } from 'node:fs';
import { AppError } from '@precedent/kernel';

const isSource = import.meta.url.endsWith('.ts');
const ENTRY = new URL(isSource ? 'guest.ts' : 'guest.mjs', import.meta.url);

/** The program of a guest: next to this module, as a source or in the package. Throws INVALID_CONFIG when it is not there. */
export const guestEntry = (): URL => {
  if (existsSync(ENTRY)) return ENTRY;
  const hint = 'a bundler that takes @precedent/client in has to leave it external';
  throw new AppError(
    'INVALID_CONFIG',
    `the program of isolated handlers, ${ENTRY.href}, is not there: ${hint}`,
  );
};

const CONDITION = '--conditions=precedent:source';
/** Flags of one process only: of its debugger, and of the limit that a guest has of its own. */
const OWN = /^--(inspect|debug|max-old-space-size|max_old_space_size)/;
/** Flags that are followed by a program, which is the host's. */
const EVALUATES = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/** The flags of this process that its guests get as well: loaders, conditions, and how TypeScript is read. */
export const guestFlags = (flags: readonly string[] = process.execArgv): string[] => {
  const inherited = flags.filter(
    (flag, at) => !OWN.test(flag) && !EVALUATES.has(flag) && !EVALUATES.has(flags[at - 1] ?? ''),
  );
  return isSource && !inherited.includes(CONDITION) ? [...inherited, CONDITION] : inherited;
};

/** The flags for a thread, which refuses those of V8 by name. `undefined`: it inherits all flags of this process, also those of V8. */
export const threadFlags = (flags: readonly string[] = process.execArgv): string[] | undefined =>
  isSource && !flags.includes(CONDITION) ? guestFlags(flags) : undefined;
