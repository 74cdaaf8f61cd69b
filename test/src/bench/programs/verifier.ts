import { verifyJournal } from '@precedent/engine';
import { connectNats, natsLog } from '@precedent/nats';
import { sha256 } from '@precedent/ports';
import { EnvelopeWriter, seal, specDigestOf } from '@precedent/tasks';
import type { TaskClass } from '@precedent/tasks';
import { program } from './program.ts';

export interface VerifierParams {
  readonly url: string;
  readonly tasks: number;
}

export interface VerifierResult {
  /** Milliseconds to read and verify all of it, with the server's part. */
  readonly ms: number;
  /** Milliseconds to read it and parse it as JSON. */
  readonly parseMs: number;
  readonly tasks: number;
  readonly findings: number;
}

/** As a busy engine makes them. */
const TASKS_PER_ENTRY = 500;

const CLASS: TaskClass = {
  namespace: 'default',
  project: 'default',
  type: 'bench.noop',
  band: 'normal',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 3_600_000, total: 0, heartbeat: 0, grace: 5_000 },
  retry: { max: 0, delay: 1_000, backoff: 2, maxDelay: 60_000, jitter: 0, nonRetryable: [] },
};

/** An entry with all records of its tasks. */
const entryOf = (first: number, prev: string) => {
  const writer = new EnvelopeWriter();
  for (let n = first; n < first + TASKS_PER_ENTRY; n++) {
    const [id, at] = [`01JBENCH${String(n).padStart(18, '0')}`, 1_796_000_000_000 + n];
    const payload = { to: `user-${n}@example.com`, subject: 'hello', text: 'x'.repeat(120) };
    const body = JSON.stringify({ payload });
    const digest = specDigestOf(CLASS, [{ payload }, body], sha256);
    writer.add({ kind: 'submitted', id, at, class: CLASS, body, digest });
    writer.add({ kind: 'leased', id, at, worker: 'bench', session: 'bench-1', epoch: 1 });
    writer.add({ kind: 'settled', id, at, state: 'completed' });
  }
  return seal(writer.finish(1, 1, prev), sha256);
};

program(async ({ url, tasks }: VerifierParams, { ready, go }): Promise<VerifierResult> => {
  const nc = await connectNats({ url, name: 'bench-verify' });
  const open = (stream: string) => natsLog({ nc, stream, subject: `bench.${stream}`, hasHoles: true });
  const [journal, snapshots] = [await open('BENCH_JOURNAL'), await open('BENCH_SNAPSHOTS')];
  let link = '';
  for (let first = 0; first < tasks; first += TASKS_PER_ENTRY) {
    const { text, sum } = entryOf(first, link);
    await journal.append(text, first / TASKS_PER_ENTRY);
    link = sum;
  }
  ready();
  await go;
  const startedAt = performance.now();
  const sources = { readState: () => Promise.resolve(undefined), signerOf: () => undefined };
  const report = await verifyJournal({ journal, snapshots, declaredVoid: new Set() }, sources);
  const ms = performance.now() - startedAt;
  const parseStartedAt = performance.now();
  for await (const { text } of journal.read(0)) JSON.parse(text);
  const parseMs = performance.now() - parseStartedAt;
  await nc.close();
  return { ms, parseMs, tasks: report.tasks, findings: report.findings.length };
});
