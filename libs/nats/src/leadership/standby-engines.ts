import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { Ingress } from '../ingress/in-flight.ts';
import { drained, listen } from '../connection/listen.ts';

interface CellSubject {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
}

export interface StandbyEngines extends Ingress {
  /** The names of the engines that announced themselves within the last seconds, sorted. */
  names(): readonly string[];
}

/** An engine that was silent for so long does not count any more. Milliseconds. */
const SILENCE_MS = 5_000;
const ENGINES_MAX = 32;
const NAME_CHARS_MAX = 256;

/** Tracks the engines that stand by for a cell. `now`: milliseconds. Ignores messages that name no engine. */
export const trackStandbyEngines = (
  { nc, subjects, cell }: CellSubject,
  now: () => number,
): StandbyEngines => {
  const heardAt = new Map<string, number>();
  const forget = (): void => {
    for (const [name, at] of heardAt) if (at < now() - SILENCE_MS) heardAt.delete(name);
  };
  const subscription = listen(nc, subjects.standby(cell), (msg) => {
    const name = engineIn(msg.string());
    if (heardAt.size >= ENGINES_MAX) forget();
    if (name !== undefined && (heardAt.has(name) || heardAt.size < ENGINES_MAX)) heardAt.set(name, now());
  });
  return {
    names: () => {
      forget();
      return [...heardAt.keys()].toSorted();
    },
    close: () => drained(nc, subscription),
  };
};

const engineIn = (text: string): string | undefined => {
  try {
    const message: unknown = JSON.parse(text);
    const engine = (message as { readonly engine?: unknown } | null)?.engine;
    return typeof engine === 'string' && engine !== '' && engine.length <= NAME_CHARS_MAX
      ? engine
      : undefined;
  } catch {
    return undefined;
  }
};
