import type { HelloMessage, HelloReply, WorkerSignal } from '@precedent/contract-types';
import { backoffMs, mayRetry, problemOf, startInterval } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { isRecord } from '../answers.ts';
import { Pauses } from '../pauses.ts';
import { AttemptRunner } from './attempts/attempt-runner.ts';
import type { LeaseName } from './attempts/attempt-table.ts';
import type { WorkerSettings } from './settings.ts';
import type { ChannelReply, WorkerHost } from './session-channel.ts';
import { SessionChannel } from './session-channel.ts';
import { AttemptBoard } from './watchdog/attempt-board.ts';

const HELLO_MS = 2_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 2_000;
const BYE_MS = 500;
/** A tick that comes this many intervals after the last one says that this process was held up, not that the engine is silent. */
const HELD_UP = 2;

export interface SessionEvents {
  /** Whether an engine knows this session now. */
  readonly known: (isKnown: boolean) => void;
  /** The engine requests that the worker take no more work. */
  readonly drain: () => void;
  /** The connection is closed for good. */
  readonly closed: () => void;
}

/** One connected life of a worker: greets each new engine, reports the leases that it holds, and gives up those that it has lost. */
export class EngineSession {
  readonly runner: AttemptRunner;
  readonly #settings: WorkerSettings;
  readonly #events: SessionEvents;
  readonly #channel: SessionChannel;
  readonly #pauses = new Pauses();
  /** What the watchdog sees; `undefined` where there is none. */
  readonly #board: AttemptBoard | undefined;
  #stopWatchdog: (() => void) | undefined;
  #greeting: Promise<void> | undefined;
  /** The engine changed while it was being greeted. */
  #greetsAgain = false;
  /** Of the engine that was heard last. */
  #epoch: number | undefined;
  #leaseMs = 0;
  #heartbeatMs = 0;
  #heartbeat: Timer | undefined;
  #tickedAt = 0;
  #isClosed = false;

  constructor(host: WorkerHost, settings: WorkerSettings, events: SessionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#channel = new SessionChannel(host, host.newId());
    this.#board =
      settings.watchdog && settings.local.size > 0 && host.startWatchdog ? new AttemptBoard() : undefined;
    this.runner = new AttemptRunner(settings, this.#channel, () => this.#beat(), this.#board);
  }

  get id(): string {
    return this.#channel.session;
  }

  /**
   * Listens first, then greets: nothing that the engine sends after its answer is missed. Resolves when an engine has answered. Rejects with
   * the reason when an engine refuses what the worker says of itself, before any has accepted it.
   */
  open(): Promise<void> {
    this.#channel.listen({
      assigned: (tasks) => this.runner.assign(tasks),
      signalled: (signal) => this.#obey(signal),
      announced: (epoch) => this.#announced(epoch),
      reconnected: () => this.#reconnected(),
      closed: () => this.#events.closed(),
    });
    const { name: worker } = this.#settings;
    if (this.#board)
      this.#stopWatchdog = this.#channel.startWatchdog({ worker, memory: this.#board.memory }, () =>
        this.#beat(),
      );
    return this.#greet();
  }

  /** Takes no more work, and requests what runs to stop at its next safe point. */
  drain(): void {
    this.runner.drain();
    this.#channel.publish({ kind: 'draining', session: this.id });
  }

  /** Stops listening, and says goodbye if an engine listens. What still runs is no longer reported. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#heartbeat?.cancel();
    this.#stopWatchdog?.();
    this.#pauses.wake();
    this.runner.close();
    this.#channel.close();
    await this.#channel.request(JSON.stringify({ kind: 'bye', session: this.id }), BYE_MS);
  }

  #obey(signal: WorkerSignal): void {
    switch (signal.kind) {
      case 'stop':
        return this.runner.stop(signal, { reason: signal.reason, graceMs: signal.graceMs });
      case 'yield':
        return this.runner.requestYield(signal, { reason: signal.reason, deadlineMs: signal.deadlineMs });
      case 'suspend':
      case 'resume':
        return this.runner.suspendOrResume(signal);
      case 'recall':
        return this.runner.recall(signal.leases);
      case 'who':
        // While a greeting is under way its answer settles the question.
        this.#pauses.wake();
        return void this.#greet();
      case 'ping':
        return this.#beat();
      case 'drain':
        return this.#events.drain();
    }
  }

  /** The engine's regular sign of life. Another epoch is another engine, which has to be greeted. */
  #announced(epoch: number): void {
    this.#pauses.wake();
    const isAnother = this.#epoch !== undefined && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (!isAnother) return;
    if (this.#greeting) this.#greetsAgain = true;
    else void this.#greet();
  }

  /** Resolves when an engine knows this session; one greeting at a time. */
  #greet(): Promise<void> {
    this.#greeting ??= this.#greetUntilKnown().finally(() => {
      this.#greeting = undefined;
    });
    return this.#greeting;
  }

  async #greetUntilKnown(): Promise<void> {
    this.runner.holdReports();
    do {
      this.#greetsAgain = false;
      await this.#hello();
    } while (this.#greetsAgain && !this.#isClosed);
    this.runner.releaseReports();
  }

  async #hello(): Promise<void> {
    for (let repeat = 0; !this.#isClosed; repeat++) {
      const running = this.runner.heldLeases();
      const reply = await this.#channel.request(JSON.stringify(this.#introduction(running)), HELLO_MS);
      if (this.#isClosed) return;
      const welcome = welcomeIn(reply);
      if (welcome) return this.#welcomed(welcome, running);
      this.#throwRefusal(reply);
      this.#events.known(false);
      await this.#pauses.sleep(backoffMs(repeat, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }

  #introduction(running: LeaseName[]): HelloMessage {
    const { name, version, types, suspends, pools, clearances, labels, resources, slots, express, ahead } =
      this.#settings;
    const unstarted = this.runner.unstartedLeases();
    const load = this.#settings.load();
    return {
      kind: 'hello',
      session: this.id,
      worker: name,
      version,
      types: [...types],
      ...(suspends.length > 0 && { suspends: [...suspends] }),
      pools: [...pools],
      ...(clearances && { clearances: [...clearances] }),
      labels: { ...labels },
      resources: { ...resources },
      slots,
      ...(express > 0 && { express }),
      ...(ahead > 0 && { ahead }),
      running,
      ...(unstarted.length > 0 && { unstarted }),
      ...(load && { load }),
    };
  }

  /** A worker that no engine ever accepted gets the reason; one that was accepted before goes on trying. */
  #throwRefusal(reply: ChannelReply): void {
    if (reply.kind !== 'refused' || this.#leaseMs > 0) return;
    if (!mayRetry(problemOf(reply.error).code)) throw reply.error;
  }

  #welcomed({ keep, leaseMs, heartbeatMs }: HelloReply, named: readonly LeaseName[]): void {
    this.runner.stopAllBut(keep, named);
    this.#leaseMs = leaseMs;
    this.#setHeartbeat(heartbeatMs);
    if (this.runner.isDraining) this.drain();
    this.#events.known(true);
  }

  #setHeartbeat(everyMs: number): void {
    if (everyMs === this.#heartbeatMs) return;
    this.#heartbeat?.cancel();
    this.#heartbeatMs = everyMs;
    this.#tickedAt = performance.now();
    this.#heartbeat = startInterval(everyMs, () => this.#tick());
  }

  #tick(): void {
    const now = performance.now();
    const wasHeldUp = now - this.#tickedAt > this.#heartbeatMs * HELD_UP;
    this.#tickedAt = now;
    this.#beat();
    if (!wasHeldUp && now - this.#channel.lastHeardAt > this.#leaseMs) this.#lost();
  }

  /** Before the first answer no engine knows the session. */
  #beat(): void {
    if (this.#heartbeatMs === 0) return;
    const quiet = this.runner.quiet();
    const suspended = this.runner.suspended();
    this.#channel.publish({
      kind: 'heartbeat',
      session: this.id,
      running: this.runner.heldLeases(),
      ...(quiet.length > 0 && { quiet }),
      ...(suspended.length > 0 && { suspended }),
    });
  }

  /** So long a silence means that the leases have ended, and that other workers may run the tasks by now. */
  #lost(): void {
    this.runner.stopAll('lease_lost');
    this.#events.known(false);
    void this.#greet();
  }

  #reconnected(): void {
    this.#beat();
    this.#pauses.wake();
  }
}

const welcomeIn = (reply: ChannelReply): HelloReply | undefined => {
  if (reply.kind !== 'answer' || !isRecord(reply.body)) return undefined;
  const { ok, leaseMs, heartbeatMs, keep } = reply.body;
  const isWelcome = ok === true && Number(leaseMs) > 0 && Number(heartbeatMs) > 0 && Array.isArray(keep);
  return isWelcome ? (reply.body as unknown as HelloReply) : undefined;
};
