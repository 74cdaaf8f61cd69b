import type { Client } from '@precedent/client';
import { problemOf, startTimer } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import type { Io } from '../io.ts';
import { jsonText } from '../output.ts';
import { frameOf } from '../top/frame.ts';
import type { Sight } from '../top/frame.ts';
import { durationArgument } from '../time-argument.ts';
import { UsageError } from '../usage-error.ts';

interface TopFlags extends CommonFlags {
  readonly interval: number;
}

const INTERVAL_MS = 2_000;
const TASKS_MAX = 100;
const DECISIONS_MAX = 20;

export const addTop = (program: Command, cli: Cli): void => {
  const command = program
    .command('top')
    .description('show bands, workers, running and waiting tasks and preemptions, live; q quits')
    .option('--interval <duration>', 'time between two refreshes', intervalOf, INTERVAL_MS);
  withCommonFlags(command).action((flags: TopFlags) =>
    withClient(cli, flags, async (client) => {
      const sight = await look(client);
      if (flags.json) cli.io.out(jsonText(sight));
      else if (cli.io.stdout.isTty) await live(cli.io, client, { sight, intervalMs: flags.interval });
      // A pipe is not watched: it gets one frame.
      else cli.io.out(`${frameOf(sight, pageOfFrame(cli.io)).join('\n')}\n`);
    }),
  );
};

const intervalOf = (text: string): number => {
  const ms = durationArgument('--interval', text);
  if (ms !== undefined && ms >= 100 && ms <= 3_600_000) return ms;
  throw new UsageError(`--interval is ${text}; a duration from 100ms to 1h is expected`);
};

const look = async (client: Client): Promise<Sight> => {
  const [status, workers, { tasks }, decisions] = await Promise.all([
    client.status(),
    client.workers(),
    client.list({ state: ['running', 'retrying', 'preempted', 'queued'], limit: TASKS_MAX }),
    client.decisions({ limit: DECISIONS_MAX }),
  ]);
  return { status, workers, tasks, decisions };
};

/** What it was before, with the reason why it is not known how it is now. */
const lookAgain = async (client: Client, before: Sight): Promise<Sight> => {
  try {
    return await look(client);
  } catch (error) {
    return { ...before, problem: problemOf(error) };
  }
};

const pageOfFrame = (io: Io) => ({
  ...pageOf(io),
  rows: io.stdout.isTty ? io.stdout.rows() : Number.POSITIVE_INFINITY,
});

const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';
const CTRL_C = '\u0003';

/** Redraws until somebody quits; the terminal is afterwards what it was. */
const live = async (
  io: Io,
  client: Client,
  first: { readonly sight: Sight; readonly intervalMs: number },
) => {
  let { sight } = first;
  let isOver = false;
  let wake = (): void => undefined;
  const quit = (): void => {
    isOver = true;
    wake();
  };
  const draw = (): void => drawFrame(io, sight);
  const ends = [
    io.onStopSignals({ stop: quit, force: quit }),
    io.stdout.onResize(draw),
    io.onKeys((key) => (key === 'q' || key === CTRL_C ? quit() : wake())),
  ];
  io.stdout.control(OPEN);
  try {
    while (!isOver) {
      draw();
      await new Promise<void>((resolve) => {
        const timer = startTimer(first.intervalMs, resolve);
        wake = () => {
          timer.cancel();
          resolve();
        };
      });
      if (!isOver) sight = await lookAgain(client, sight);
    }
  } finally {
    io.stdout.control(CLOSE);
    for (const end of ends) end();
  }
};

/** From the upper left corner over what was there, so that nothing flickers. */
const drawFrame = (io: Io, sight: Sight): void => {
  io.stdout.control('\u001b[H');
  for (const line of frameOf(sight, pageOfFrame(io))) {
    io.stdout.text(line);
    io.stdout.control('\u001b[K\r\n');
  }
  io.stdout.control('\u001b[J');
};
