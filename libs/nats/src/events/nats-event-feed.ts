import type { NatsConnection, PublishOptions } from '@nats-io/nats-core';
import { isVerdict } from '@precedent/contract-types';
import type { Subjects } from '@precedent/contracts';
import { sequenceText } from '@precedent/kernel';
import type { EventFeed, FeedEvent } from '@precedent/ports';
import { encodedHeaders } from '../connection/bytes.ts';
import { EventInterest } from './event-interest.ts';
import { eventBodyOf, classTexts } from './event-text.ts';
import type { ClassText } from './event-text.ts';
import { linkStateOf } from '../connection/link-state.ts';

/** Which events are published: every one, only verdicts, or none. */
export type FeedMode = 'all' | 'settled' | 'off';

export interface EventFeedOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  /** Names the engine's cell in the events' `ce-source`. */
  readonly cell: string;
  readonly mode?: FeedMode;
}

/**
 * The live feed as CloudEvents in binary mode: attributes as headers, the event as JSON. Tens of thousands a second pass here, so
 * headers and bodies are built as text, from parts that the tasks of a class share.
 */
export const natsEventFeed = ({ nc, subjects, cell, mode = 'all' }: EventFeedOptions): EventFeed => {
  const link = linkStateOf(nc);
  const textOfClass = classTexts(subjects);
  const headersOf = headerWriter(`/${subjects.root}/${cell}`);
  const interest = new EventInterest(nc);
  const publish = (event: FeedEvent, now: number): void => {
    if (mode === 'settled' && !isVerdict(event.event)) return;
    const text = textOfClass(event.class);
    const wanted = interest.of(text.subject + event.event, now);
    if (wanted === 'skip') return;
    const headers = encodedHeaders(headersOf(event));
    send(nc, event, text, wanted === 'send' ? { headers } : { headers, reply: wanted.probe });
  };
  return {
    publish: (events) => {
      // Without a connection the client would buffer them and send them late. The feed promises no delivery.
      if (mode === 'off' || !link.isUp()) return;
      const now = performance.now();
      queueMicrotask(() => {
        for (const event of events) publish(event, now);
      });
    },
  };
};

/** Publishes the event; without its result and error when it is too large with them. */
const send = (nc: NatsConnection, event: FeedEvent, text: ClassText, options: PublishOptions): void => {
  const subject = text.subject + event.event;
  if (isSent(nc, subject, eventBodyOf(event, text), options)) return;
  const fact = { ...event, result: undefined, error: undefined };
  isSent(nc, subject, eventBodyOf(fact, text), options);
};

/** `false` when it is larger than a message may be, or when the connection is being closed. */
const isSent = (nc: NatsConnection, subject: string, body: string, options: PublishOptions): boolean => {
  try {
    nc.publish(subject, body, options);
    return true;
  } catch {
    return false;
  }
};

/** Events of the same millisecond share the text of its time. */
const headerWriter = (source: string): ((event: FeedEvent) => Uint8Array) => {
  let textAt = -1;
  let time = '';
  return (event) => {
    const { id, epoch, event: name, at, place } = event;
    if (at !== textAt) {
      textAt = at;
      time = new Date(at).toISOString();
    }
    // A lease may report progress, and block its worker, many times; every other event comes once in an epoch.
    const moment = name === 'progress' || name === 'blocking' ? `-${at}` : '';
    const sequence = place ? `ce-sequence: ${sequenceText(place.entry, place.index)}\r\n` : '';
    return Buffer.from(
      `NATS/1.0\r\nce-specversion: 1.0\r\nce-id: ${id}-${epoch}-${name}${moment}\r\nce-source: ${source}\r\n` +
        `ce-type: precedent.task.${name}.v1\r\nce-subject: ${id}\r\nce-time: ${time}\r\n${sequence}content-type: application/json\r\n\r\n`,
      'latin1',
    );
  };
};
