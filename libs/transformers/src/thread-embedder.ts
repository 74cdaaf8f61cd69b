import { AppError, backoffMs, isAppError, messageOf, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { Embedder, EmbeddingModel } from '@precedent/ports';
import { textForModel } from './text-window.ts';
import { TextJobs } from './text-jobs.ts';
import type { TextJob } from './text-jobs.ts';
import type { TextPriority } from './text-queues.ts';
import { findModel } from './model-files.ts';
import type { ModelChoice, ModelFiles } from './model-files.ts';
import { startThread } from './thread.ts';
import type { Thread, ThreadEvents } from './thread.ts';
import { commonnessIn } from './vocabulary.ts';

export interface EmbedderOptions extends ModelChoice {
  /** The most texts that wait; 10,000 by default. */
  readonly queueMax?: number;
  /** Threads inside the model runtime for one text; 1 by default, because small models gain nothing from a second. */
  readonly threads?: number;
  /** Milliseconds for one text, after which its thread counts as hung and is killed; 30,000 by default. */
  readonly textMsMax?: number;
  /** Called when the thread has crashed; it is started again after `delayMs`. */
  readonly onCrash?: (reason: string, delayMs: number) => void;
  /** Starts a thread; replaced in tests. */
  readonly start?: (events: ThreadEvents) => Promise<Thread>;
}

/** Embeds documents; `queries` embeds with the same model and is served first. Both are closed together. */
export interface ThreadEmbedder extends Embedder {
  readonly queries: Embedder;
}

/** Texts sent to the thread at once, so that the next text is there when one is done. A query waits for these at most. */
const IN_THREAD = 2;
const DELAY_MS = 100;
const DELAY_MS_MAX = 5_000;

/**
 * Runs the model in a thread of its own, one text at a time. Rejects with EMBEDDER_UNAVAILABLE when the model is missing or corrupt, or
 * its vectors have wrong dimensions or lengths. When the thread crashes, the calls whose texts it had reject, and it is started again.
 */
export const startEmbedder = async (options: EmbedderOptions = {}): Promise<ThreadEmbedder> => {
  const model = await findModel(options);
  const commonness = await commonnessIn(model.dir);
  const queue = new EmbedderQueue(model, options);
  try {
    await queue.open();
  } catch (error) {
    await queue.close();
    throw error;
  }
  const { name, dimensions } = model;
  const embedderFor = (priority: TextPriority): Embedder => ({
    model: { name, dimensions },
    embed: (texts) => queue.embed(texts, priority),
    close: () => queue.close(),
    ...(commonness !== undefined && { commonness }),
  });
  return { ...embedderFor('document'), queries: embedderFor('query') };
};

/** Queues texts for the thread, watches it, and starts it again when it ends. */
class EmbedderQueue {
  readonly #model: ModelFiles;
  readonly #options: EmbedderOptions;
  readonly #jobs: TextJobs;
  readonly #inThread = new Map<number, TextJob>();
  #thread: Thread | undefined;
  #sent = 0;
  #crashes = 0;
  /** Why calls are rejected until a thread runs again. */
  #trouble: AppError | undefined;
  #watch: Timer | undefined;
  #restart: Timer | undefined;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(model: ModelFiles, options: EmbedderOptions) {
    this.#model = model;
    this.#options = options;
    this.#jobs = new TextJobs(options.queueMax ?? 10_000);
  }

  /** Starts a thread, and embeds a probe text before any other. */
  async open(): Promise<void> {
    const { model, threads } = { model: this.#model, threads: this.#options.threads ?? 1 };
    const start = this.#options.start ?? ((events: ThreadEvents) => startThread({ model, threads }, events));
    const thread = await start({
      answered: (n, result) => this.#answered(n, result),
      ended: (reason) => this.#crashed(reason),
    });
    if (this.#isClosed) return thread.close();
    this.#thread = thread;
    this.#trouble = undefined;
    const probe = this.embed(['a task was completed'], 'query');
    try {
      checkProbe(await probe, model);
    } catch (error) {
      this.#thread = undefined;
      await thread.close();
      throw error;
    }
  }

  embed(texts: readonly string[], priority: TextPriority): Promise<Float32Array[]> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (this.#trouble !== undefined) return Promise.reject(this.#trouble);
    const vectors = this.#jobs.add(texts.map(textForModel), priority);
    this.#pump();
    return vectors;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#restart?.cancel();
    this.#watch?.cancel();
    this.#failInThread(closedError());
    this.#jobs.failAll(closedError());
    await this.#starting;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.close();
  }

  #pump(): void {
    while (this.#thread !== undefined && this.#inThread.size < IN_THREAD) {
      const job = this.#jobs.take();
      if (job === undefined) return;
      const n = ++this.#sent;
      this.#inThread.set(n, job);
      this.#thread.send({ n, text: job.text });
      if (this.#inThread.size === 1) this.#watchThread();
    }
  }

  #answered(n: number, result: Float32Array | string): void {
    const job = this.#inThread.get(n);
    this.#inThread.delete(n);
    this.#crashes = 0;
    this.#watchThread();
    if (typeof result === 'string') job?.failed(unavailable(`the model refused a text: ${result}`));
    else job?.done(result);
    this.#pump();
  }

  /** Restarts the time limit: it counts from the previous answer. */
  #watchThread(): void {
    this.#watch?.cancel();
    if (this.#inThread.size === 0) return;
    const limitMs = this.#options.textMsMax ?? 30_000;
    this.#watch = startTimer(limitMs, () => this.#thread?.kill());
  }

  #crashed(reason: string): void {
    this.#thread = undefined;
    this.#watch?.cancel();
    this.#failInThread(unavailable(`the thread of the model ended: ${reason}`));
    this.#startAgain(reason);
  }

  #startAgain(reason: string): void {
    if (this.#isClosed || this.#restart !== undefined) return;
    const delayMs = backoffMs(this.#crashes++, DELAY_MS, DELAY_MS_MAX);
    this.#options.onCrash?.(reason, delayMs);
    this.#restart = startTimer(delayMs, () => {
      this.#restart = undefined;
      this.#starting = this.open().catch((error: unknown) => this.#failedAgain(error));
    });
  }

  /** Rejects the waiting calls too, because no thread runs. */
  #failedAgain(error: unknown): void {
    this.#trouble = isAppError(error) ? error : unavailable(messageOf(error));
    this.#jobs.failAll(this.#trouble);
    this.#startAgain(this.#trouble.message);
  }

  #failInThread(error: AppError): void {
    const jobs = [...this.#inThread.values()];
    this.#inThread.clear();
    for (const job of jobs) job.failed(error);
  }
}

const checkProbe = (
  [vector]: readonly Float32Array[],
  { dir, dimensions }: EmbeddingModel & { dir: string },
) => {
  const length = Math.hypot(...(vector ?? []));
  if (vector?.length === dimensions && Math.abs(length - 1) < 1e-3) return;
  const got = `${vector?.length ?? 0} numbers of length ${length}`;
  throw unavailable(`the model ${dir} answered ${got} instead of ${dimensions} of length 1`);
};

const unavailable = (fact: string): AppError => new AppError('EMBEDDER_UNAVAILABLE', fact);
const closedError = (): AppError => unavailable('the embedder is closed');
