import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';
const SIGNALS = 'HUP INT QUIT TERM USR1 USR2 WINCH CONT';

/**
 * A shell reaps whatever ends while it waits, also processes that it has inherited. Signals go on to the program, whose end is its end.
 * The input is named, because a shell gives none to what it starts in the background.
 */
const INIT = [
  '"$@" <&0 &',
  'child=$!',
  `for signal in ${SIGNALS}; do trap "kill -$signal $child 2>/dev/null" "$signal"; done`,
  'while :; do',
  '  wait "$child"',
  '  code=$?',
  '  kill -0 "$child" 2>/dev/null || exit "$code"',
  'done',
].join('\n');

/** What this process looks like from where it would be replaced. */
export interface InitWorld {
  readonly pid: number;
  readonly canReplace: boolean;
}

export const mustReap = ({ pid, canReplace }: InitWorld): boolean => pid === 1 && canReplace;

/**
 * As the first process of a container this one would inherit every process whose parent has ended, and Node does not reap what it has
 * not started: zombies would fill the table of processes. So it becomes a shell that does, with the same program below it.
 * Does nothing elsewhere. Call it before anything else.
 */
export const reapAsInit = (): void => {
  const { pid, execPath, execArgv, argv, env } = process;
  const canReplace = process.platform !== 'win32' && 'execve' in process && existsSync(SHELL);
  if (!mustReap({ pid, canReplace })) return;
  process.execve?.(SHELL, ['sh', '-c', INIT, 'precedent', execPath, ...execArgv, ...argv.slice(1)], env);
};
