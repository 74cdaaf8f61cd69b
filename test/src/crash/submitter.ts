import type { Client, DoorChoice } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { BANDS } from '@precedent/kernel';
import type { Ledger } from './checker.ts';

type KnownSpec = TaskSpec & { readonly id: string };

/** What the workers may read. The files that the failing tasks ask for are not in it. */
export const FILES_ROOT = import.meta.dirname;

/** How the tasks of the load end; one failing task in so many, and one process in so many. */
const FAILING_EVERY = 40;
const COMMAND_EVERY = 200;
/** One batch of so many goes through the stream ingress, the others through the request ingress. */
const DROP_EVERY = 5;

export const BATCH = 250;

/** The load: task `n` of it is always the same, and always ends in the same way. */
export const taskNumber = (n: number): KnownSpec => {
  const common = { id: `load-${n}`, band: BANDS[n % BANDS.length] ?? 'normal' } as const;
  if (n % COMMAND_EVERY === 1) return { ...common, command: 'true', args: [] };
  if (n % FAILING_EVERY === 0) {
    const payload = { path: `${FILES_ROOT}/missing/${n}`, operations: ['hash'] };
    return { ...common, type: 'text.process', payload, retry: { max: 1, delay: 20, jitter: 0 } };
  }
  return {
    ...common,
    type: 'text.process',
    payload: { text: `task number ${n}`, operations: ['hash', 'words'] },
  };
};

export const failsAlways = (n: number): boolean => n % FAILING_EVERY === 0 && n % COMMAND_EVERY !== 1;

/** Sends the load batch by batch, and keeps its own books of what it sent and what it was promised. */
export class Submitter implements Ledger {
  readonly acknowledged = new Set<string>();
  readonly sent = new Set<string>();
  /** Answers that were no promise: the same tasks were sent again. */
  refusals = 0;
  readonly #client: Client;
  #milestones: { readonly count: number; readonly reach: () => void }[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Calls `then` as soon as so many tasks are acknowledged: at once, while the ink of the last promise is wet. Resolves to what it
   * resolves to.
   */
  after<T>(count: number, then: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const reach = (): void => void then().then(resolve, reject);
      if (this.acknowledged.size >= count) reach();
      else this.#milestones.push({ count, reach });
    });
  }

  /** Resolves when every task of the batch has been acknowledged, however often it has to be sent. */
  async submit(batch: number): Promise<void> {
    const door: DoorChoice = batch % DROP_EVERY === 0 ? 'drop' : 'auto';
    let open = Array.from({ length: BATCH }, (_, index) => taskNumber(batch * BATCH + index));
    for (const { id } of open) this.sent.add(id);
    while (open.length > 0) {
      const outcomes = await this.#client.submitMany(open, { door, timeoutMs: 5_000 });
      open = open.filter((_, index) => !this.#note(outcomes[index]));
    }
  }

  #note(outcome: { readonly id: string; readonly error?: unknown } | undefined): boolean {
    if (outcome === undefined || outcome.error !== undefined) {
      this.refusals++;
      return false;
    }
    this.acknowledged.add(outcome.id);
    const reached = this.#milestones.filter(({ count }) => this.acknowledged.size >= count);
    this.#milestones = this.#milestones.filter((milestone) => !reached.includes(milestone));
    for (const { reach } of reached) reach();
    return true;
  }
}
