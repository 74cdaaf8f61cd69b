import type { Msg } from '@nats-io/nats-core';
import { textOf } from '../connection/bytes.ts';
import { headerOf } from '../connection/listen.ts';
import type { RequestContent, Requests } from '../connection/requests.ts';

/** What a service answered, as it wrote it. */
export interface ServiceReply {
  readonly text: string;
  readonly isRefusal: boolean;
}

/** A failed task has an error too: only the header says that the request was refused. */
export const serviceReplyOf = (message: Msg): ServiceReply => ({
  text: textOf(message.data),
  isRefusal: headerOf(message, 'Nats-Service-Error-Code') !== undefined,
});

/** Characters of requests with which a message takes no more: some hundreds of requests. */
const BATCH_CHARS = 16_384;

interface Batch {
  readonly contents: RequestContent[];
  readonly replies: Promise<readonly ServiceReply[]>;
  chars: number;
}

/**
 * Sends requests to one subject, so of one caller, that come in one turn of the event loop as one message: a list, answered with a line for
 * each. Where its line is empty, and where the list is refused, as by an older service, a request is sent again alone.
 */
export class RequestBatches {
  readonly #requests: Requests;
  readonly #timeoutMs: number;
  readonly #open = new Map<string, Batch>();

  /** `timeoutMs`: of each message. Milliseconds. */
  constructor(requests: Requests, timeoutMs: number) {
    this.#requests = requests;
    this.#timeoutMs = timeoutMs;
  }

  async send(subject: string, content: RequestContent): Promise<ServiceReply> {
    const batch = this.#open.get(subject) ?? this.#begin(subject);
    const place = batch.contents.push(content) - 1;
    batch.chars += content.text.length;
    if (batch.chars > BATCH_CHARS) this.#open.delete(subject);
    const reply = (await batch.replies)[place];
    if (reply !== undefined && reply.text !== '') return reply;
    return serviceReplyOf(await this.#sent(subject, () => content));
  }

  #begin(subject: string): Batch {
    const contents: RequestContent[] = [];
    const leave = (): RequestContent => {
      this.#open.delete(subject);
      return listOf(contents);
    };
    const answered = (message: Msg): readonly ServiceReply[] => repliesIn(message, contents.length);
    const replies = this.#sent(subject, leave)
      .then(answered)
      .finally(() => this.#open.delete(subject));
    const batch = { contents, replies, chars: 0 };
    this.#open.set(subject, batch);
    return batch;
  }

  #sent(subject: string, content: () => RequestContent): Promise<Msg> {
    return this.#requests.send({ subject, content, timeoutMs: this.#timeoutMs });
  }
}

/** The trace of a list would be that of one of its requests: what is refused, and recorded with its trace, is sent alone. */
const listOf = (contents: readonly RequestContent[]): RequestContent => {
  const [first, ...others] = contents;
  if (first !== undefined && others.length === 0) return first;
  return { text: `[${contents.map(({ text }) => text).join(',')}]` };
};

const repliesIn = (message: Msg, count: number): readonly ServiceReply[] => {
  const reply = serviceReplyOf(message);
  if (count === 1) return [reply];
  const lines = reply.text.split('\n');
  return reply.isRefusal || lines.length !== count ? [] : lines.map((text) => ({ text, isRefusal: false }));
};
