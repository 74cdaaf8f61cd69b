import type { NatsConnection } from '@nats-io/nats-core';
import type { EpochMs } from '@precedent/kernel';

/** Servers that have not answered 300 ms after the last one, or by then, are left out. Milliseconds. */
const ANSWERS_MS_MAX = 700;
const KICK_MS = 1_000;
const PAGE = 1_024;

export interface OldConnections {
  readonly nc: NatsConnection;
  readonly credential: string;
  /** Only connections that began before this time of ours are ended. */
  readonly before: EpochMs;
  readonly now: () => EpochMs;
}

interface Connz {
  readonly server: { readonly id: string };
  readonly data?: {
    /** The time of the server. */
    readonly now: string;
    readonly connections?: readonly { readonly cid: number; readonly start: string }[];
  };
}

/** Ends the older connections of a credential on every server that answers. Resolves to their number. */
export const endOldConnections = async (old: OldConnections): Promise<number> => {
  const { nc, credential, before, now } = old;
  const sentAt = now();
  const query = JSON.stringify({ auth: true, user: credential, limit: PAGE });
  const options = { strategy: 'stall', maxWait: ANSWERS_MS_MAX } as const;
  let ended = 0;
  for await (const answer of await nc.requestMany('$SYS.REQ.SERVER.PING.CONNZ', query, options)) {
    const { server, data } = answer.json<Connz>();
    if (data === undefined) continue;
    const until = before + clockDifference(Date.parse(data.now), [sentAt, now()]);
    const found = (data.connections ?? []).filter(({ start }) => Date.parse(start) <= until);
    await Promise.all(found.map(({ cid }) => kick(nc, server.id, cid)));
    ended += found.length;
  }
  return ended < PAGE ? ended : ended + (await endOldConnections(old));
};

/** The server ignores this as a message without a reply subject. */
const kick = async (nc: NatsConnection, server: string, cid: number): Promise<void> => {
  await nc.request(`$SYS.REQ.SERVER.${server}.KICK`, JSON.stringify({ cid }), { timeout: KICK_MS });
};

/** By how much the clock of a server is ahead of ours, when it answered between two times of ours: none, where that is possible. */
const clockDifference = (theirs: EpochMs, [sentAt, receivedAt]: readonly [EpochMs, EpochMs]): number =>
  theirs < sentAt || theirs > receivedAt ? theirs - sentAt : 0;
