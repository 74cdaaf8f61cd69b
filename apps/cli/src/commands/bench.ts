import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { AppError } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { SOURCE_CONDITION, fromRoot } from '../scripts.ts';

export const addBench = (program: Command, cli: Cli): void => {
  program
    .command('bench')
    .description('run a benchmark of the repository')
    .argument('[args...]', 'the name of the benchmark, and its own flags')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: readonly string[]) => {
      const script = fromRoot('test/src/bench/main.ts');
      if (!existsSync(script)) {
        throw new AppError(
          'INVALID_REQUEST',
          'the benchmarks come with the repository only, and this is not one',
        );
      }
      const bench = spawn(process.execPath, [SOURCE_CONDITION, script, ...args], { stdio: 'inherit' });
      // Ctrl-C reaches it too; it ends by itself, and so do we.
      const unlisten = cli.io.onStopSignals({ stop: () => undefined, force: () => bench.kill('SIGKILL') });
      const [code] = (await once(bench, 'exit')) as [number | null];
      unlisten();
      cli.exit = code ?? 1;
    });
};
