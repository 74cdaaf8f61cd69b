import { expect, test } from 'vitest';
import { anAttempt } from '../testing/attempt.ts';
import { commandExecutor } from './command.executor.ts';
import type { CommandResult } from './verdict.ts';

const run = async (command: string, args: string[]): Promise<CommandResult> =>
  (await anAttempt({ command, args }).run(commandExecutor())) as CommandResult;

/** Holds so many MiB for as long as it takes to be seen. */
const holding = (mib: number): string =>
  `const held = Buffer.alloc(${mib} * 2 ** 20, 1); setTimeout(() => held.length, 1_200)`;

test
  .skipIf(process.platform !== 'linux')
  .concurrent('the result tells the most memory that a command held', async () => {
    const { peakMemoryMb } = await run(process.execPath, ['-e', holding(150)]);
    expect(peakMemoryMb).toBeGreaterThan(150);
    expect(peakMemoryMb).toBeLessThan(600);
  });

test.skipIf(process.platform !== 'linux').concurrent('what its children hold counts', async () => {
  const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(holding(150))}])`;
  const { peakMemoryMb } = await run(process.execPath, ['-e', child]);
  expect(peakMemoryMb).toBeGreaterThan(150);
});
