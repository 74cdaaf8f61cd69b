import type { NatsConnection } from '@nats-io/nats-core';
import { fieldOf } from '@precedent/kernel';
import type { Ingress } from '../ingress/in-flight.ts';
import { drained, listen } from '../connection/listen.ts';

export interface AnnouncedNames extends Ingress {
  /** Those that were announced within the last seconds. */
  readonly names: () => readonly string[];
  readonly count: () => number;
}

interface AnnouncedOn {
  readonly nc: NatsConnection;
  readonly subject: string;
  /** Of the messages, which are `{<field>: <name>}`. */
  readonly field: string;
}

/** A program that was silent for so long does not count any more. Milliseconds. */
const SILENCE_MS = 5_000;
const NAMES_MAX = 32;
const NAME_CHARS_MAX = 256;

/** Tracks the programs that announce themselves on a subject. `now`: milliseconds. Ignores messages that name none. */
export const trackAnnounced = ({ nc, subject, field }: AnnouncedOn, now: () => number): AnnouncedNames => {
  const heardAt = new Map<string, number>();
  const forget = (): void => {
    for (const [name, at] of heardAt) if (at < now() - SILENCE_MS) heardAt.delete(name);
  };
  const subscription = listen(nc, subject, (msg) => {
    const name = nameIn(msg.string(), field);
    if (heardAt.size >= NAMES_MAX) forget();
    if (name !== undefined && (heardAt.has(name) || heardAt.size < NAMES_MAX)) heardAt.set(name, now());
  });
  return {
    names: () => {
      forget();
      return [...heardAt.keys()].toSorted();
    },
    count: () => {
      forget();
      return heardAt.size;
    },
    close: () => drained(nc, subscription),
  };
};

const nameIn = (text: string, field: string): string | undefined => {
  try {
    const name = fieldOf(JSON.parse(text), field);
    return typeof name === 'string' && name !== '' && name.length <= NAME_CHARS_MAX ? name : undefined;
  } catch {
    return undefined;
  }
};
