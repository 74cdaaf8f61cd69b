import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { AppError, errorOf, problemOf, startAll, stopAll } from '@precedent/kernel';
import type { EpochMs, Problem, Service } from '@precedent/kernel';
import { engineMachine } from '@precedent/lifecycle';
import type { EngineLifeEvent, EngineState } from '@precedent/lifecycle';
import type { EngineApi } from '@precedent/ports';
import { Cell } from './cell/cell.ts';
import type { CellOptions, CellPorts } from './options.ts';
import { NOT_RUNNING } from './tasks/task-service.ts';
import { LeaderWatch } from './recovery/leader-watch.ts';
import { recover } from './recovery/recovery.ts';

const TICK_MS = 1_000;

/** An entry point of an adapter, through which requests come in. */
export interface EngineEndpoint extends Service {
  /** Stops at once: passes no more requests on, answers the open ones with the problem, and sends no other answer. */
  abandon?(problem: Problem): void;
}

export interface EngineEndpoints {
  /** For status readers and workers. They close last. */
  readonly service: (api: EngineApi) => readonly EngineEndpoint[];
  /** For new work. They open last and close first. */
  readonly submission: (api: EngineApi) => readonly EngineEndpoint[];
}

export interface EngineStopOptions {
  /** Milliseconds for running work to end. */
  readonly drainMs: number;
}

/**
 * The life of an engine, from the lease of its cell over recovery to open endpoints, and back. `engine.machine` holds its state; a call
 * that does not fit the state throws ILLEGAL_TRANSITION.
 */
export class Engine {
  readonly #options: CellOptions;
  readonly #ports: CellPorts;
  readonly #endpoints: EngineEndpoints;
  readonly #life: Actor<typeof engineMachine>;
  #cell: Cell | undefined;
  #services: readonly EngineEndpoint[] = [];
  #submission: readonly EngineEndpoint[] = [];
  /** The endpoints for workers are open, or opening. */
  #isServing = false;
  #starting: Promise<void> = Promise.resolve();
  /** Until then no other engine can have the lease. Epoch milliseconds. */
  #ownedUntil = 0;
  /** What is known of the lease from before this time does not count. Epoch milliseconds. */
  #doubtsBefore = 0;
  #disarmTick: () => void = () => undefined;
  #endStandby: () => void = () => undefined;
  #endDrain: () => void = () => undefined;
  /** Called when a running engine fails, because it is fenced or another engine has its lease. */
  onFailed: (problem: Problem) => void = () => undefined;

  constructor(options: CellOptions, ports: CellPorts, endpoints: EngineEndpoints) {
    this.#options = options;
    this.#ports = ports;
    this.#endpoints = endpoints;
    this.#life = createActor(engineMachine).start();
    ports.leader?.onBroken(() => this.#doubtLease());
  }

  get state(): EngineState {
    return this.#life.getSnapshot().value;
  }

  get problem(): Problem | undefined {
    return this.#life.getSnapshot().context.problem;
  }

  get cell(): Cell | undefined {
    return this.#cell;
  }

  /** Resolves when the endpoints are open; stands by while another engine owns the cell. Rejects when the engine is stopped before. */
  async start(): Promise<void> {
    this.#send({ type: 'START' });
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    try {
      await this.#acquire();
      await this.#recover();
      await this.#openEndpoints();
      this.#send({ type: 'STARTED' });
    } catch (error) {
      // A stop that interrupted the start closes what the start has opened.
      if (this.state !== 'stopping') await this.#fail(error);
      throw error;
    }
  }

  /** Takes no new work, lets running work end within `drainMs`, and stops. Attempts that still run then go on in their workers. */
  async stop({ drainMs }: EngineStopOptions): Promise<void> {
    this.#send({ type: 'STOP' });
    this.#endStandby();
    await this.#starting.catch(() => undefined);
    try {
      await stopAll(this.#submission);
      this.#cell?.drain();
      await this.#drained(drainMs);
      await this.#flushed();
      await this.#close();
      // It was fenced meanwhile.
      if (this.problem) throw errorOf(this.problem);
      this.#send({ type: 'STOPPED' });
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
  }

  /** Ends a drain at once. */
  force(): void {
    this.#endDrain();
  }

  reset(): void {
    this.#send({ type: 'RESET' });
  }

  #send(event: EngineLifeEvent): void {
    const from = this.state;
    if (!this.#life.getSnapshot().can(event)) {
      throw new AppError('ILLEGAL_TRANSITION', `an engine that is ${from} cannot ${event.type}`, {
        details: { state: from },
      });
    }
    this.#life.send(event);
    this.#ports.telemetry.emit({ name: 'engine.state', from, to: this.state, cause: this.problem });
  }

  async #acquire(): Promise<void> {
    const { leases, leader, telemetry, clock } = this.#ports;
    const { cell, owner } = this.#options;
    const watch = new LeaderWatch();
    for (let reportedAt = 0; ;) {
      const requestedAt = clock.now();
      const holder = await leases.acquire(cell, owner, watch.dead);
      if (holder === owner) {
        this.#owned(requestedAt);
        return this.#tick();
      }
      if (requestedAt - reportedAt >= TICK_MS) {
        telemetry.emit({ name: 'engine.standby', owner: holder });
        reportedAt = requestedAt;
      }
      await this.#paused(watch.pauseMs);
      if (this.state !== 'starting')
        throw new AppError('CELL_OWNED', `cell ${cell} is owned by engine ${holder}`);
      watch.probed(holder, (await leader?.announce(cell, owner)) ?? true);
    }
  }

  #paused(ms: number): Promise<void> {
    const { clock } = this.#ports;
    return new Promise((resolve) => {
      this.#endStandby = resolve;
      clock.wakeAt(clock.now() + ms, resolve);
    });
  }

  #owned(requestedAt: EpochMs): void {
    if (requestedAt >= this.#doubtsBefore) this.#ownedUntil = requestedAt + this.#ports.leases.ttlMs;
  }

  /** Other engines may have taken this one for dead: only a lease that is renewed from now on shows that it is still the owner. */
  #doubtLease(): void {
    this.#ownedUntil = 0;
    this.#doubtsBefore = this.#ports.clock.now() + 1;
  }

  #checkStarting(): void {
    if (this.state === 'starting') return;
    throw new AppError('ENGINE_NOT_RUNNING', 'the engine was stopped while it started');
  }

  async #recover(): Promise<void> {
    const { clock, telemetry } = this.#ports;
    const startedAt = clock.now();
    const recovered = await recover(this.#options, this.#ports);
    const isOwner = (): boolean => clock.now() < this.#ownedUntil;
    const onFenced = (error: AppError): void => void this.#fail(error);
    const { state, epoch, entries, snapshot, leftovers, voidEntries, seq } = recovered;
    this.#cell = new Cell(this.#options, this.#ports, { ...recovered, onFenced, isOwner });
    if (voidEntries > 0) telemetry.emit({ name: 'journal.void', entries: voidEntries, seq });
    // The engine before may have ended between the commit and the removal.
    for (const id of leftovers.deleted) this.#ports.logs?.remove(id);
    if (leftovers.blobs.length > 0) this.#ports.blobs?.remove(leftovers.blobs);
    const ms = clock.now() - startedAt;
    telemetry.emit({
      name: 'recovery.finished',
      ms,
      entries,
      open: state.table.open,
      fromSnapshot: snapshot !== undefined,
      epoch,
    });
  }

  async #openEndpoints(): Promise<void> {
    const cell = this.#cell;
    if (cell === undefined) throw new AppError('INTERNAL', 'no cell was recovered');
    this.#checkStarting();
    this.#services = this.#endpoints.service(cell);
    await startAll(this.#services);
    this.#checkStarting();
    this.#isServing = true;
    cell.dispatcher.enable(true);
    this.#maintain();
    this.#submission = this.#endpoints.submission(cell);
    await startAll(this.#submission);
    this.#checkStarting();
  }

  /** Runs once a second while the engine owns the cell, also during the recovery, which may take longer than the lease lasts. */
  #tick(): void {
    const { clock, leases } = this.#ports;
    const { cell, owner } = this.#options;
    const at = clock.now();
    this.#disarmTick = clock.wakeAt(at + TICK_MS, () => this.#tick());
    if (this.#isServing) this.#maintain();
    const renewed = (ours: boolean): void => {
      if (ours) this.#owned(at);
      else this.#lostLease();
    };
    // An unreachable store says nothing about the lease. The sequences of the journal keep two writers apart anyway.
    leases.renew(cell, owner).then(renewed, () => undefined);
  }

  /** Sends the leader heartbeat to the workers, runs the tick of the cell, and takes a snapshot when one is due. */
  #maintain(): void {
    const { clock, workers } = this.#ports;
    const { cell, owner } = this.#options;
    if (this.#cell === undefined) return;
    workers.sendLeaderHeartbeat({ cell, engine: owner, epoch: this.#cell.epoch, at: clock.now() });
    this.#cell.tick();
    this.#cell.snapshots.takeIfDue();
  }

  #lostLease(): void {
    if (this.state !== 'running') return;
    void this.#fail(new AppError('CELL_OWNED', `the lease of cell ${this.#options.cell} is no longer ours`));
  }

  async #fail(error: unknown): Promise<void> {
    if (this.state === 'error' || this.state === 'stopped') return;
    const problem = problemOf(error);
    const wasRunning = this.state === 'running';
    this.#send({ type: 'FAILED', problem });
    // Every endpoint, and before any wait: in a queue group this engine would answer requests in place of its successor.
    for (const endpoint of [...this.#submission, ...this.#services]) endpoint.abandon?.(NOT_RUNNING);
    await this.#close().catch(() => undefined);
    if (wasRunning) this.onFailed(problem);
  }

  async #close(): Promise<void> {
    this.#disarmTick();
    this.#isServing = false;
    this.#cell?.close();
    await stopAll([...this.#services, ...this.#submission]);
    [this.#services, this.#submission, this.#cell] = [[], [], undefined];
    await this.#ports.leases.release(this.#options.cell, this.#options.owner).catch(() => undefined);
  }

  #drained(drainMs: number): Promise<void> {
    const { clock, telemetry } = this.#ports;
    const deadline = clock.now() + drainMs;
    return new Promise((resolve) => {
      this.#endDrain = resolve;
      const check = (): void => {
        const running = this.#cell?.leased ?? 0;
        const remainingMs = deadline - clock.now();
        if (running === 0 || remainingMs <= 0) return resolve();
        telemetry.emit({ name: 'stop.progress', running, remainingMs });
        clock.wakeAt(clock.now() + Math.min(remainingMs, TICK_MS / 4), check);
      };
      check();
    });
  }

  /** Resolves when everything recorded is durable, or after five seconds: no client got an answer that depends on the rest. */
  #flushed(): Promise<void> {
    const outbox = this.#cell?.outbox;
    if (outbox === undefined || outbox.idle) return Promise.resolve();
    return new Promise((resolve) => {
      const { clock } = this.#ports;
      outbox.afterCommit(() => resolve());
      outbox.flush();
      clock.wakeAt(clock.now() + 5 * TICK_MS, resolve);
    });
  }
}
