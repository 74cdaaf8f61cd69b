import { connect } from '@precedent/client';
import { BASELINE_SUBJECTS } from '../baseline-subjects.ts';
import { program } from './program.ts';

export interface BaselineWorkerParams {
  readonly url: string;
}

const ANSWER_MS = 60_000;

/** Reports every task that the baseline server assigns as completed, at once, and does nothing else. */
program(async ({ url }: BaselineWorkerParams, { ready, stop }): Promise<void> => {
  const client = await connect({ servers: url, name: 'bench-baseline-worker' });
  const { link } = client;
  link.subscribe(BASELINE_SUBJECTS.assign, {
    callback: (error, message) => {
      if (error) throw error;
      void link.request(BASELINE_SUBJECTS.report, message.data, { timeout: ANSWER_MS });
    },
  });
  await link.flush();
  ready();
  await stop;
  await client.close();
});
