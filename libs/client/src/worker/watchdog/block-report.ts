import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/nats-core';
import type { BlockedLoop, LogChunk } from '@precedent/contract-types';
import { cutText, settlesWithin } from '@precedent/kernel';
import { attemptsOn, mayPauseOn } from './attempt-board.ts';
import type { LocalAttempt } from './attempt-board.ts';
import { placeOfMainThread } from './blocked-place.ts';
import type { WatchdogInput } from './watchdog.ts';

/** Between two reports. Milliseconds. */
const REPORT_MS = 1_000;
/** For the main thread to say where it is: before the first report, and at most. A busy machine takes its time. */
const FIRST_PLACE_MS = 250;
const PLACE_MS = 5_000;

/** Reports one block of the event loop of the worker until it ends, over a connection of its own. */
export class BlockReport {
  readonly #input: WatchdogInput;
  readonly #attempts: readonly LocalAttempt[];
  readonly #located: Promise<void>;
  #place: string | undefined;
  readonly #link: Promise<NatsConnection | undefined>;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #isLogged = false;

  constructor(input: WatchdogInput) {
    this.#input = input;
    this.#attempts = attemptsOn(input.memory);
    this.#located = this.#locate();
    this.#link = this.#connect();
  }

  /** `ms`: for how long the loop is blocked. */
  async goesOn(ms: number): Promise<void> {
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    const [link] = await Promise.all([this.#link, settlesWithin(this.#located, FIRST_PLACE_MS)]);
    if (link === undefined || link.isClosed()) return;
    const place = this.#place;
    this.#publish(link, { ms: Math.round(ms), tasks: this.#named, ...(place !== undefined && { place }) });
    this.#log(link, ms, place);
  }

  async end(): Promise<void> {
    const link = await this.#link;
    await link?.close();
  }

  async #locate(): Promise<void> {
    const { memory, limits } = this.#input;
    if (!mayPauseOn(memory)) return;
    const place = await placeOfMainThread(PLACE_MS).catch(() => undefined);
    this.#place = place && cutText(place, limits.placeChars);
  }

  /** Subscribes as the worker does: the engine probes it, and the server may have given the blocked connection up by then. */
  async #connect(): Promise<NatsConnection | undefined> {
    const { connection, subjects } = this.#input;
    const name = `${connection.name ?? 'precedent'}-watchdog`;
    const link = await connect({ ...connection, name }).catch(() => undefined);
    link?.subscribe(subjects.assign, { callback: () => undefined });
    return link;
  }

  get #named(): BlockedLoop['tasks'] {
    return this.#attempts.slice(0, this.#input.limits.blockersNamed).map(({ id, epoch }) => [id, epoch]);
  }

  #publish(link: NatsConnection, blocked: BlockedLoop): void {
    const { subjects, session } = this.#input;
    link.publish(subjects.report, JSON.stringify({ kind: 'blocked', session, ...blocked }));
  }

  /** One line in the log of the task, where only one can be the cause. */
  #log(link: NatsConnection, ms: number, place: string | undefined): void {
    const [blocker, ...others] = this.#attempts;
    if (this.#isLogged || blocker === undefined || others.length > 0) return;
    this.#isLogged = true;
    const { id, epoch, attempt, type } = blocker;
    const where = place === undefined ? '' : ` at ${place}`;
    const text = `the handler of ${type} has blocked the event loop of worker ${this.#input.worker} for ${Math.round(ms)} ms${where}: nothing else goes on there. Run it with isolated({ in: 'thread', … })\n`;
    const chunk: LogChunk = { id, epoch, attempt, stream: 'log', at: Date.now(), text };
    link.publish(`${this.#input.subjects.output}${id}`, JSON.stringify(chunk));
  }
}
