import type { Payload } from '@nats-io/nats-core';
import type { Streams, Subjects, WorkerMessage } from '@precedent/contracts';
import { errorCode } from '@precedent/kernel';
import { bodyOf } from '../answers.ts';
import type { Link, Silence } from '../link.ts';
import { isSilence, request } from '../link.ts';
import { StateStore } from './checkpoints/state-store.ts';

/** What a worker needs of the client that made it. */
export interface WorkerHost {
  readonly link: Link;
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly cell: string;
  readonly newId: () => string;
}

/** What came of a question: an answer, an error that the engine answered with, or nothing. */
export type ChannelReply =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'silence'; readonly silence: Silence };

/** Messages of one worker session to the engine of its cell. */
export class SessionChannel {
  readonly session: string;
  /** States that are too large for a message. */
  readonly blobs: StateStore;
  readonly #host: WorkerHost;
  /** Called whenever the engine gave a sign of life. */
  readonly #heard: () => void;

  constructor(host: WorkerHost, session: string, heard: () => void) {
    this.#host = host;
    this.session = session;
    this.blobs = new StateStore(host.link, host.streams.blobs);
    this.#heard = heard;
  }

  /** The largest message that the server takes, in bytes. */
  get maxPayload(): number {
    return this.#host.link.info?.max_payload ?? 1024 * 1024;
  }

  /** Without an answer; lost when the connection is. */
  tell(message: WorkerMessage): void {
    if (this.#host.link.isClosed() || this.#host.link.isDraining()) return;
    this.#host.link.publish(this.#subject(), JSON.stringify(message));
  }

  async ask(data: Payload, timeoutMs: number): Promise<ChannelReply> {
    try {
      const answer = await request(this.#host.link, this.#subject(), data, { timeoutMs });
      if (isSilence(answer)) return { kind: 'silence', silence: answer };
      this.#heard();
      return { kind: 'answer', body: bodyOf(answer) };
    } catch (error) {
      return isLinkFault(error) ? { kind: 'silence', silence: 'no_responders' } : { kind: 'refused', error };
    }
  }

  /** Keeps a chunk in the log stream. Resolves when it is stored, nobody stores logs, or `timeoutMs` have passed. */
  async storeLog(id: string, text: string, timeoutMs: number): Promise<void> {
    const { link, subjects } = this.#host;
    await request(link, subjects.log(id), text, { timeoutMs }).catch(() => undefined);
  }

  #subject(): string {
    return this.#host.subjects.report(this.#host.cell);
  }
}

/** The connection is closed: for a worker the same as an engine that is not there. */
const isLinkFault = (error: unknown): boolean => errorCode(error) === 'NATS_UNREACHABLE';
