import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { AppError } from '@precedent/kernel';
import { findProgram } from './find-program.ts';

/** The user as whom commands run. */
export interface CommandUser {
  readonly uid: number;
  /** Variables of a command that are the user's, not the worker's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** What stands before a program so that it runs as the user, in none of the groups of the worker; empty when the worker is the user. */
  readonly prefix: readonly string[];
}

/**
 * The user of this name. `path` is where `setpriv` (util-linux) is looked for. Throws INVALID_CONFIG when there is no such user, when it is
 * root, and when this process may not run programs as another user.
 */
export const commandUserOf = async (name: string, path: string): Promise<CommandUser> => {
  const entry = passwordEntry(name);
  if (entry === undefined) throw refused(`there is no user "${name}" on this machine`);
  const { uid, gid, home, shell } = entry;
  if (uid === 0) throw refused(`"${name}" is root: commands could do everything`);
  const env = { HOME: home, USER: name, LOGNAME: name, SHELL: shell, TMPDIR: undefined };
  const own = process.getuid?.();
  if (uid === own) return { uid, env, home, prefix: [] };
  const setpriv = await findProgram('setpriv', path, '/').catch(() => {
    throw refused('it needs the program setpriv (util-linux), which is not there');
  });
  const prefix = [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
  if (spawnSync(setpriv, [...prefix.slice(1), 'true']).status !== 0)
    throw refused(`this worker runs as user ${own} and may not run commands as "${name}": start it as root`);
  return { uid, env, home, prefix };
};

/** The shell changes the folder as the user: the worker might enter folders that the user may not. */
export const startedIn = (cwd: string): readonly string[] => [
  '/bin/sh',
  '-c',
  'cd -- "$0" && exec "$@"',
  cwd,
];

const refused = (message: string): AppError => {
  const field = 'worker.commandUser';
  return new AppError('INVALID_CONFIG', `${field}: ${message}`, { issues: [{ field, message }] });
};

interface PasswordEntry {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Of the system's directory of users, or of the file where there is no program that reads it. */
const passwordEntry = (name: string): PasswordEntry | undefined => {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const lines = (status === null ? readFileSync('/etc/passwd', 'utf8') : stdout).split('\n');
  const fields = lines.map((line) => line.split(':')).find(([user]) => user === name);
  if (fields === undefined) return undefined;
  const [, , uid, gid, , home = '/', shell = '/bin/sh'] = fields;
  return { uid: Number(uid), gid: Number(gid), home, shell };
};
