import type { Msg, Subscription } from '@nats-io/nats-core';
import type { HelloMessage, HelloReply, WorkerSignal } from '@precedent/contracts';
import { catalogue, problemOf, startInterval } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { isRecord } from '../answers.ts';
import { onReconnect } from '../link.ts';
import { Pauses, backoffMs } from '../pauses.ts';
import { epochIn, signalsIn, tasksIn } from './commands.ts';
import type { LeaseName } from './attempts/attempt-table.ts';
import type { WorkerSettings } from './options.ts';
import { AttemptRunner } from './attempts/attempt-runner.ts';
import type { ChannelReply, WorkerHost } from './session-channel.ts';
import { SessionChannel } from './session-channel.ts';

const HELLO_MS = 2_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 2_000;
const BYE_MS = 500;
/** A tick that comes this much too late says that this process was held up, not that the engine is silent. */
const LATE = 2;

export interface SessionEvents {
  /** Whether an engine knows this session now. */
  readonly met: (known: boolean) => void;
  /** The engine asks the worker to take no more work. */
  readonly drain: () => void;
  /** The connection is closed for good. */
  readonly closed: () => void;
}

/** One worker session on the wire: greets each new engine, says what it holds, and gives up what is no longer its own. */
export class WorkerSession {
  readonly id: string;
  readonly runs: AttemptRunner;
  readonly #host: WorkerHost;
  readonly #plan: WorkerSettings;
  readonly #events: SessionEvents;
  readonly #wire: SessionChannel;
  readonly #pauses = new Pauses();
  #subscriptions: Subscription[] = [];
  #forget: (() => void) | undefined;
  #greeting: Promise<void> | undefined;
  /** The engine changed while it was being greeted. */
  #greetAgain = false;
  /** Of the engine that was heard last. */
  #epoch: number | undefined;
  #leaseMs = 0;
  #heartbeatMs = 0;
  #heartbeat: Timer | undefined;
  #heardAt = 0;
  #tickedAt = 0;
  #closed = false;

  constructor(host: WorkerHost, plan: WorkerSettings, events: SessionEvents) {
    this.id = host.newId();
    this.#host = host;
    this.#plan = plan;
    this.#events = events;
    this.#wire = new SessionChannel(host, this.id, () => this.#heard());
    this.runs = new AttemptRunner(plan, this.#wire, () => this.#beat());
  }

  /** Listens first, then greets: nothing that the engine sends after its answer is missed. Resolves when it has answered. */
  open(): Promise<void> {
    const { subjects, cell } = this.#host;
    this.#listen(subjects.assign(this.id), (body) => this.runs.assign(tasksIn(body)));
    this.#listen(subjects.signal(this.id), (body) => {
      for (const signal of signalsIn(body)) this.#signal(signal);
    });
    this.#listen(subjects.rollCall(cell), (body) => this.#rollCall(epochIn(body)));
    this.#forget = onReconnect(this.#host.link, () => this.#reconnected());
    void this.#host.link.closed().then(() => this.#events.closed());
    return this.#greet();
  }

  /** Takes no more work, and asks what runs to stop at its next safe point: it goes on on another worker. */
  drain(): void {
    this.runs.draining = true;
    this.runs.askAllToYield({ reason: 'drain', deadlineMs: this.#plan.drainMs });
    this.#wire.tell({ kind: 'draining', session: this.id });
  }

  /** Says goodbye if anybody listens, and stops listening. What still runs is no longer reported. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat?.cancel();
    this.#pauses.wake();
    this.runs.close();
    await this.#wire.ask(JSON.stringify({ kind: 'bye', session: this.id }), BYE_MS);
    this.#forget?.();
    for (const subscription of this.#subscriptions) if (!subscription.isClosed()) subscription.unsubscribe();
  }

  /** A callback must never throw: it would end the reading of the whole connection. */
  #listen(subject: string, take: (body: Readonly<Record<string, unknown>>) => void): void {
    const callback = (error: Error | null, message: Msg): void => {
      if (error || this.#closed) return;
      this.#heard();
      const body = parsed(message);
      if (isRecord(body)) take(body);
    };
    this.#subscriptions.push(this.#host.link.subscribe(subject, { callback }));
  }

  #heard(): void {
    this.#heardAt = performance.now();
  }

  #signal(signal: WorkerSignal): void {
    switch (signal.kind) {
      case 'stop':
        return this.runs.stop(signal, { reason: signal.reason, graceMs: signal.graceMs });
      case 'yield':
        return this.runs.askToYield(signal, { reason: signal.reason, deadlineMs: signal.deadlineMs });
      case 'suspend':
      case 'resume':
        return this.runs.freeze(signal);
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

  /** The engine's regular sign of life. Another epoch is another engine: it has to be told who is here. */
  #rollCall(epoch: number | undefined): void {
    if (epoch === undefined) return;
    this.#pauses.wake();
    const isAnother = this.#epoch !== undefined && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (!isAnother) return;
    if (this.#greeting) this.#greetAgain = true;
    else void this.#greet();
  }

  /** Resolves when an engine knows this session; one greeting at a time. */
  #greet(): Promise<void> {
    this.#greeting ??= this.#greetUntilKnown().finally(() => {
      this.#greeting = undefined;
    });
    return this.#greeting;
  }

  /** Reports wait meanwhile: an engine must know the session before it hears what the session did. */
  async #greetUntilKnown(): Promise<void> {
    this.runs.holdReports();
    do {
      this.#greetAgain = false;
      await this.#hello();
    } while (this.#greetAgain && !this.#closed);
    this.runs.releaseReports();
  }

  async #hello(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      const named = this.runs.names();
      const asked = await this.#wire.ask(JSON.stringify(this.#introduction(named)), HELLO_MS);
      if (this.#closed) return;
      const reply = replyIn(asked);
      if (reply) return this.#welcomed(reply, named);
      this.#refuseBadPlan(asked);
      this.#events.met(false);
      await this.#pauses.sleep(backoffMs(attempt, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }

  #introduction(running: LeaseName[]): HelloMessage {
    const { name, version, types, suspends, pools, labels, resources, slots } = this.#plan;
    const load = this.#plan.load();
    return {
      kind: 'hello',
      session: this.id,
      worker: name,
      version,
      types: [...types],
      ...(suspends.length > 0 && { suspends: [...suspends] }),
      pools: [...pools],
      labels: { ...labels },
      resources: { ...resources },
      slots,
      running,
      ...(load && { load }),
    };
  }

  /** A worker that no engine ever accepted gets the reason; one that was accepted before goes on trying. */
  #refuseBadPlan(asked: ChannelReply): void {
    if (asked.kind !== 'refused' || this.#leaseMs > 0) return;
    if (catalogue[problemOf(asked.error).code].retry === 'never') throw asked.error;
  }

  #welcomed(reply: HelloReply, named: readonly LeaseName[]): void {
    this.runs.loseAllBut(reply.keep, named);
    this.#leaseMs = reply.leaseMs;
    this.#setHeartbeat(reply.heartbeatMs);
    if (this.runs.draining) this.drain();
    this.#events.met(true);
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
    const wasHeldUp = now - this.#tickedAt > this.#heartbeatMs * LATE;
    this.#tickedAt = now;
    this.#beat();
    if (!wasHeldUp && now - this.#heardAt > this.#leaseMs) this.#lost();
  }

  /** Before the first answer nobody knows the session. */
  #beat(): void {
    if (this.#heartbeatMs === 0) return;
    const quiet = this.runs.quiet();
    const running = this.runs.names();
    const suspended = this.runs.frozen();
    this.#wire.tell({
      kind: 'heartbeat',
      session: this.id,
      running,
      ...(quiet.length > 0 && { quiet }),
      ...(suspended.length > 0 && { suspended }),
    });
  }

  /** So long without a word means that the leases have ended, and that others may run the tasks by now. */
  #lost(): void {
    this.runs.stopAll('lease_lost');
    this.#events.met(false);
    void this.#greet();
  }

  #reconnected(): void {
    this.#beat();
    this.#pauses.wake();
  }
}

const parsed = (message: Msg): unknown => {
  try {
    return message.json();
  } catch {
    return undefined;
  }
};

const replyIn = (asked: ChannelReply): HelloReply | undefined => {
  if (asked.kind !== 'answer' || !isRecord(asked.body)) return undefined;
  const { ok, leaseMs, heartbeatMs, keep } = asked.body;
  const isReply = ok === true && Number(leaseMs) > 0 && Number(heartbeatMs) > 0 && Array.isArray(keep);
  return isReply ? (asked.body as unknown as HelloReply) : undefined;
};
