import type { JobBody } from '@precedent/contract-types';
import type { Band, EpochMs } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';
import { EnvelopeWriter } from '@precedent/tasks';
import type { JournalRecord, SettledRecord, TaskClass } from '@precedent/tasks';

export interface ScriptedTask extends JobBody {
  readonly type?: string;
  readonly band?: Band;
  readonly namespace?: string;
  readonly project?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly security?: string;
}

const NO_LIMITS = { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 };
const NO_RETRY = { max: 3, delay: 10, backoff: 2, maxDelay: 100, jitter: 0, nonRetryable: [] };

const classOf = ({
  type = 'command',
  band = 'normal',
  namespace = 'default',
  project = 'shop',
  labels = {},
  security,
}: ScriptedTask): TaskClass => ({
  namespace,
  project,
  type,
  band,
  pool: 'default',
  labels,
  resources: {},
  timeouts: NO_LIMITS,
  retry: NO_RETRY,
  ...(security !== undefined && { security }),
});

/** A journal that a test writes: each call adds records, `flush` makes an entry of them. Each record advances the time by a millisecond. */
export class ScriptedJournal {
  readonly entries: LogEntry[] = [];
  at: EpochMs;
  epoch = 1;
  #writer = new EnvelopeWriter();
  readonly #epochs = new Map<string, number>();

  constructor(at: EpochMs = Date.UTC(2026, 0, 1)) {
    this.at = at;
  }

  get last(): number {
    return this.entries.at(-1)?.seq ?? 0;
  }

  add(record: JournalRecord): this {
    this.#writer.add(record);
    this.at++;
    return this;
  }

  submit(id: string, task: ScriptedTask = {}): this {
    const {
      type: _,
      band: __,
      namespace: ___,
      project: ____,
      labels: _____,
      security: ______,
      ...body
    } = task;
    return this.add({ kind: 'submitted', id, at: this.at, class: classOf(task), body: JSON.stringify(body) });
  }

  lease(id: string, worker = 'w1'): this {
    const epoch = (this.#epochs.get(id) ?? 0) + 1;
    this.#epochs.set(id, epoch);
    return this.add({ kind: 'leased', id, at: this.at, worker, session: `${worker}-s`, epoch });
  }

  complete(id: string, result?: unknown): this {
    return this.settle(id, { state: 'completed', ...(result !== undefined && { result }) });
  }

  fail(id: string, message = 'exit code 2'): this {
    return this.settle(id, { state: 'failed', error: { code: 'COMMAND_FAILED', message } });
  }

  settle(id: string, fields: Pick<SettledRecord, 'state' | 'result' | 'error'>): this {
    return this.add({ kind: 'settled', id, at: this.at, ...fields });
  }

  /** A whole life, in one entry. */
  life(id: string, task: ScriptedTask = {}, worker = 'w1'): this {
    return this.submit(id, task).lease(id, worker).complete(id);
  }

  /** What was added since the last call, as an entry; entries are numbered from one. */
  flush(): LogEntry {
    const entry = { seq: this.last + 1, at: this.at, text: this.#writer.finish(this.epoch, this.at) };
    this.#writer = new EnvelopeWriter();
    this.entries.push(entry);
    return entry;
  }
}
