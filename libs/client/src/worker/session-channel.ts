import type { Msg, Payload, Subscription } from '@nats-io/nats-core';
import { LIMITS } from '@precedent/contracts';
import type { Streams, Subjects, WorkerMessage } from '@precedent/contracts';
import type { Assignment, WorkerSignal } from '@precedent/contract-types';
import { errorCode } from '@precedent/kernel';
import { answerBody, isRecord } from '../answers.ts';
import type { Link, NoAnswer } from '../link.ts';
import { isNoAnswer, onReconnect, request } from '../link.ts';
import type { TextDigest } from './attempts/spec-check.ts';
import type { WatchedSession } from './watchdog/watchdog.ts';
import { StateStore } from './checkpoints/state-store.ts';

/** What a worker needs of the client that made it. */
export interface WorkerHost {
  readonly link: Link;
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly cell: string;
  readonly newId: () => string;
  readonly sha256: TextDigest;
  /** Starts a thread that reports for a blocked worker; absent where the platform has none, or how to connect is not known. */
  readonly startWatchdog?: ((session: WatchedSession, unblocked: () => void) => () => void) | undefined;
}

/** What came of a request: an answer, an error that the engine answered with, or nothing. */
export type ChannelReply =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'no_answer'; readonly noAnswer: NoAnswer };

/** What a session receives. None of these may throw: that would end the reading of the whole connection. */
export interface ChannelListener {
  readonly assigned: (tasks: readonly Assignment[]) => void;
  readonly signalled: (signal: WorkerSignal) => void;
  /** The regular announcement of the engine that has the cell; `epoch` is that of the engine. */
  readonly announced: (epoch: number) => void;
  readonly reconnected: () => void;
  /** The connection is closed for good. */
  readonly closed: () => void;
}

const LOG_STORE_MS = 2_000;
/** Bytes; the usual limit of a server, assumed while its greeting is not known. */
const MAX_PAYLOAD = 1024 * 1024;

/** The messages between one worker session and the engine of its cell. */
export class SessionChannel {
  readonly session: string;
  /** For states that are too large for a message. */
  readonly states: StateStore;
  readonly #host: WorkerHost;
  readonly #reportSubject: string;
  readonly #subscriptions: Subscription[] = [];
  #stopWatching: (() => void) | undefined;
  #lastHeardAt = 0;
  #isClosed = false;

  constructor(host: WorkerHost, session: string) {
    this.#host = host;
    this.session = session;
    this.states = new StateStore(host.link, host.streams.blobs);
    this.#reportSubject = host.subjects.report(host.cell);
  }

  /** The largest message that the server takes, in bytes. */
  get maxPayload(): number {
    return this.#host.link.info?.max_payload ?? MAX_PAYLOAD;
  }

  get sha256(): TextDigest {
    return this.#host.sha256;
  }

  /** When the engine gave its last sign of life: milliseconds of `performance.now()`. */
  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  listen({ assigned, signalled, announced, reconnected, closed }: ChannelListener): void {
    const { link, subjects, cell } = this.#host;
    this.#subscribe(subjects.assign(this.session), (body) => assigned(tasksIn(body)));
    this.#subscribe(subjects.signal(this.session), (body) => signalsIn(body).forEach(signalled));
    this.#subscribe(subjects.leaderHeartbeat(cell), ({ epoch }) => {
      if (typeof epoch === 'number') announced(epoch);
    });
    this.#stopWatching = onReconnect(link, reconnected);
    void link.closed().then(closed);
  }

  /** Starts what reports the session as blocked; returns what stops it. */
  startWatchdog(
    watched: Pick<WatchedSession, 'worker' | 'memory'>,
    unblocked: () => void,
  ): (() => void) | undefined {
    const { subjects, startWatchdog, cell } = this.#host;
    const output = subjects.output(cell, '');
    const { session } = this;
    const named = { report: this.#reportSubject, assign: subjects.assign(session), output };
    return startWatchdog?.({ ...watched, session, subjects: named, limits: LIMITS }, unblocked);
  }

  /** Not answered; lost when the connection is down. */
  publish(message: WorkerMessage): void {
    const { link } = this.#host;
    if (link.isClosed() || link.isDraining()) return;
    link.publish(this.#reportSubject, JSON.stringify(message));
  }

  /** Tried once. A closed connection is the same as an engine that is not there. Never rejects. */
  async request(data: Payload, timeoutMs: number): Promise<ChannelReply> {
    try {
      const answer = await request(this.#host.link, this.#reportSubject, data, { timeoutMs });
      if (isNoAnswer(answer)) return { kind: 'no_answer', noAnswer: answer };
      this.#heard();
      return { kind: 'answer', body: answerBody(answer) };
    } catch (error) {
      if (errorCode(error) === 'NATS_UNREACHABLE') return { kind: 'no_answer', noAnswer: 'no_responders' };
      return { kind: 'refused', error };
    }
  }

  /** Puts a chunk, as JSON, into the log of the task. Resolves when it is stored, is refused, no stream takes it, or 2 s have passed. */
  async storeLog(id: string, text: string): Promise<void> {
    const { link, subjects, cell } = this.#host;
    await request(link, subjects.output(cell, id), text, { timeoutMs: LOG_STORE_MS }).catch(() => undefined);
  }

  /** Nothing is received any more; requests still go off. */
  close(): void {
    this.#isClosed = true;
    this.#stopWatching?.();
    for (const subscription of this.#subscriptions) if (!subscription.isClosed()) subscription.unsubscribe();
  }

  #subscribe(subject: string, receive: (body: Body) => void): void {
    const callback = (error: Error | null, message: Msg): void => {
      if (error || this.#isClosed) return;
      this.#heard();
      const body = parsed(message);
      if (isRecord(body)) receive(body);
    };
    this.#subscriptions.push(this.#host.link.subscribe(subject, { callback }));
  }

  #heard(): void {
    this.#lastHeardAt = performance.now();
  }
}

type Body = Readonly<Record<string, unknown>>;

const parsed = (message: Msg): unknown => {
  try {
    return message.json();
  } catch {
    return undefined;
  }
};

// Any client may publish to a worker's subjects: what has not the shape of an engine's message is left out, and the rest of it counts.

const tasksIn = ({ tasks }: Body): readonly Assignment[] => listOf(tasks).filter(isAssignment);

const signalsIn = ({ signals }: Body): readonly WorkerSignal[] => listOf(signals).filter(isSignal);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isAssignment = (value: unknown): value is Assignment =>
  isRecord(value) &&
  namesLease(value) &&
  typeof value['type'] === 'string' &&
  typeof value['attemptMs'] === 'number' &&
  typeof value['graceMs'] === 'number' &&
  isRecord(value['task']) &&
  (value['ahead'] === undefined || isPair(value['ahead'])) &&
  (value['resume'] === undefined || (isRecord(value['resume']) && Array.isArray(value['resume']['undo'])));

const isSignal = (value: unknown): value is WorkerSignal => {
  if (!isRecord(value)) return false;
  switch (value['kind']) {
    case 'stop':
      return namesLease(value) && typeof value['graceMs'] === 'number';
    case 'yield':
      return namesLease(value) && typeof value['deadlineMs'] === 'number';
    case 'suspend':
    case 'resume':
      return namesLease(value);
    case 'recall':
      return Array.isArray(value['leases']) && value['leases'].every(isLeaseRef);
    default:
      return value['kind'] === 'who' || value['kind'] === 'ping' || value['kind'] === 'drain';
  }
};

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');

const isLeaseRef = (value: unknown): boolean =>
  Array.isArray(value) && namesLease({ id: value[0], epoch: value[1] });

const namesLease = ({ id, epoch }: Body): boolean => typeof id === 'string' && Number.isInteger(epoch);
