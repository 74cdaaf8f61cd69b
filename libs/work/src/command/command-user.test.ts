import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anAttempt } from '../testing/attempt.ts';
import { commandUserOf } from './command-user.ts';
import { commandExecutor } from './command.executor.ts';
import { statOf } from './procfs.ts';
import type { CommandResult } from './verdict.ts';

const PATH = process.env['PATH'] ?? '';
const OTHER = 'daemon';
const user = await commandUserOf(OTHER, PATH).catch(() => undefined);

const run = async (command: string, task: object = {}): Promise<string> => {
  const result = (await anAttempt({ command, ...task }).run(commandExecutor({ user }))) as CommandResult;
  return result.stdout;
};

describe('the user of commands', () => {
  it('must exist, and not be root', async () => {
    await expect(commandUserOf('no-such-user', PATH)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'worker.commandUser: there is no user "no-such-user" on this machine',
    });
    await expect(commandUserOf('root', PATH)).rejects.toThrow('"root" is root');
  });

  it.skipIf(process.getuid?.() === 0)('must be one that the worker may switch to', async () => {
    await expect(commandUserOf(OTHER, PATH)).rejects.toThrow('start it as root');
  });
});

describe.skipIf(user === undefined || user.prefix.length === 0)(
  'a command of another user (needs root)',
  () => {
    it('has the rights, the groups and the environment of that user', async () => {
      const shown = await run('id -u; id -G; echo "$HOME $USER $LOGNAME ${TMPDIR-none}"; pwd', {});
      expect(shown.split('\n')).toEqual([
        String(user?.uid),
        expect.stringMatching(/^\d+$/),
        `${user?.home} ${OTHER} ${OTHER} none`,
        user?.home,
        '',
      ]);
    });

    it('reads neither the files of the worker nor its environment, and has no checkpoint folder', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'precedent-user-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      mkdirSync(path.join(folder, 'open'));
      writeFileSync(path.join(folder, 'open/file'), 'private');
      chmodSync(folder, 0o700);
      const worker = process.pid;
      expect(
        await run(
          `cat ${folder}/open/file /proc/${worker}/environ 2>/dev/null; echo "<$PRECEDENT_CHECKPOINT_DIR>"`,
        ),
      ).toBe('<>\n');
      const attempt = anAttempt({ command: 'cat file', cwd: path.join(folder, 'open') });
      await expect(attempt.run(commandExecutor({ user }))).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
      expect(attempt.text('stdout')).toBe('');
    });

    it('is ended with all that it started', async () => {
      const attempt = anAttempt({ command: 'setsid sleep 1000 & echo "$! ready"; sleep 1000' });
      const ended = attempt.run(commandExecutor({ user })).catch((error: unknown) => error);
      await attempt.logged('stdout', 'ready');
      attempt.stop({ reason: 'cancelled', graceMs: 600_000 });
      expect(await ended).toMatchObject({ code: 'CANCELLED' });
      const pid = Number(attempt.text('stdout').split(' ')[0]);
      expect(statOf(pid)).toBeUndefined();
    });

    it('runs a program with its arguments, and gets secrets', async () => {
      const secrets = () => Promise.resolve('a-secret-of-daemon');
      const attempt = anAttempt({ command: 'printenv', args: ['TOKEN'], env: { TOKEN: 'secret://any' } });
      const result = (await attempt.run(commandExecutor({ user, secrets }))) as CommandResult;
      expect(result).toMatchObject({ exitCode: 0, stdout: '[secret]\n' });
    });
  },
);
