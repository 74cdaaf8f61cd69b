import type { Band } from '@precedent/kernel';
import { BANDS, seededRandom, ulids } from '@precedent/kernel';
import { Projection } from '@precedent/history';
import type { HistoryStore } from '@precedent/ports';
import { EnvelopeWriter } from '@precedent/tasks';
import type { TaskClass } from '@precedent/tasks';

const TYPES = ['command', 'http', 'text.process', 'document.process', 'vectors.update', 'report.generate'];
const PROJECTS = ['shop', 'web', 'billing', 'search', 'ml'];
const WORKERS = 40;
/** Of a hundred tasks. */
const FAILING = 2;
const TASKS_PER_ENTRY = 200;
const ENTRIES_AT_ONCE = 10;
const SUBMIT_EVERY_MS = 5;

const NO_LIMITS = { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 };
const NO_RETRY = { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] };

const classesOf = (): TaskClass[] =>
  TYPES.flatMap((type) => PROJECTS.flatMap((project) => BANDS.map((band) => classOf(type, project, band))));

const classOf = (type: string, project: string, band: Band): TaskClass => ({
  namespace: 'default',
  project,
  type,
  band,
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: NO_LIMITS,
  retry: NO_RETRY,
});

/** Fills a store with settled tasks of many kinds, as the journal would; `onProgress` gets the number of tasks so far. */
export const fillHistory = (store: HistoryStore, count: number, onProgress: (done: number) => void): void => {
  const random = seededRandom(7);
  const [next, newId, classes] = [() => random.next(), ulids(() => random.next()), classesOf()];
  const projection = new Projection(store, { namespace: 'default', project: 'default' });
  let at = Date.UTC(2026, 0, 1);
  for (let seq = 1, done = 0; done < count; seq++, done += TASKS_PER_ENTRY) {
    const writer = new EnvelopeWriter();
    for (let n = done; n < done + TASKS_PER_ENTRY; n++) {
      at += SUBMIT_EVERY_MS;
      oneLife(writer, {
        n,
        at,
        id: newId(at),
        class: classes[Math.floor(next() * classes.length)],
        chance: next(),
      });
    }
    projection.fold({ seq, at, text: writer.finish(1, at) });
    if (seq % ENTRIES_AT_ONCE === 0) store.apply(projection.take());
    if (done % 100_000 === 0) onProgress(done);
  }
  store.apply(projection.take());
};

interface Life {
  readonly n: number;
  readonly at: number;
  readonly id: string;
  readonly class: TaskClass | undefined;
  readonly chance: number;
}

const oneLife = (writer: EnvelopeWriter, { n, at, id, class: taskClass, chance }: Life): void => {
  if (taskClass === undefined) return;
  const body = JSON.stringify({
    name: `job ${n}`,
    command: 'run',
    args: [`part-${n % 5_000}`],
    payload: { n },
  });
  writer.add({ kind: 'submitted', id, at, class: taskClass, body });
  const worker = `worker-${n % WORKERS}`;
  writer.add({ kind: 'leased', id, at: at + 1, worker, session: worker, epoch: 1 });
  const error = { code: 'COMMAND_FAILED' as const, message: `exit code ${n % 7}` };
  const isFailing = chance * 100 < FAILING;
  writer.add({
    kind: 'settled',
    id,
    at: at + 2,
    state: isFailing ? 'failed' : 'completed',
    ...(isFailing && { error }),
  });
};
