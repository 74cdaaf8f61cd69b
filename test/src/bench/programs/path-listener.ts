import { connect } from '@precedent/client';
import { DEFAULT_CELL, subjectsOf } from '@precedent/contracts';
import { monotonicMs } from '../clock.ts';
import { TASKS } from '../tasks.ts';
import { program } from './program.ts';

export interface PathListenerParams {
  readonly url: string;
}

/** When messages of preemptions pass the server, as another client sees them. Milliseconds of `monotonicMs`. */
export interface PassingMs {
  readonly submittedMs: readonly number[];
  readonly signalledMs: readonly number[];
  readonly reportedMs: readonly number[];
}

/** Listens to submissions, signals and reports. A connection of its own, or they would wait for what the sender of the tasks does. */
program(async ({ url }: PathListenerParams, { ready, stop }): Promise<PassingMs> => {
  const client = await connect({ servers: url, name: 'bench-path-listener' });
  const note = (subject: string, what: string): number[] => {
    const moments: number[] = [];
    client.link.subscribe(subject, {
      callback: (error, message) => {
        const now = monotonicMs();
        if (error) throw error;
        if (message.string().includes(what)) moments.push(now);
      },
    });
    return moments;
  };
  const subjects = subjectsOf();
  const passing = {
    submittedMs: note(subjects.submit('critical'), TASKS.mark),
    signalledMs: note(subjects.signal('*'), '"yield"'),
    reportedMs: note(subjects.report(DEFAULT_CELL), '"yielded"'),
  };
  await client.link.flush();
  ready();
  await stop;
  await client.close();
  return passing;
});
