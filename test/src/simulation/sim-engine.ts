import { Engine } from '@precedent/engine';
import type { CellOptions, CellPorts } from '@precedent/engine';
import { service } from '@precedent/kernel';
import type { EngineApi, WorkerLink } from '@precedent/ports';
import { Process } from '../engine/process.ts';

const RESTART_MS = 400;

export interface SimEngineOptions {
  readonly owner: string;
  readonly options: CellOptions;
  /** The ports of one process, with its own connections. */
  readonly ports: (
    process: Process,
  ) => Omit<CellPorts, 'clock' | 'workers'> & { readonly clock: CellPorts['clock'] };
  readonly link: (engine: SimEngine) => WorkerLink;
  readonly later: (ms: number, run: () => void) => void;
  readonly note: (what: string) => void;
}

/** An engine that is started again whenever it fails or crashes, as by a supervisor. */
export class SimEngine {
  readonly owner: string;
  readonly #o: SimEngineOptions;
  #process = new Process();
  #engine: Engine | undefined;
  #api: EngineApi | undefined;
  #life = 0;

  constructor(options: SimEngineOptions) {
    this.owner = options.owner;
    this.#o = options;
  }

  /** The engine, while its process runs and is not stalled. */
  get awake(): Engine | undefined {
    return this.#process.isFrozen ? undefined : this.#engine;
  }

  get serves(): boolean {
    return this.#api !== undefined;
  }

  start(): void {
    const life = ++this.#life;
    this.#process = new Process();
    const { options, ports, link, note, later } = this.#o;
    const endpoints = {
      service: (api: EngineApi) => [
        service({
          name: 'service',
          open: async () => void (this.#api = api),
          close: async () => void (this.#api = undefined),
        }),
      ],
      submission: () => [],
    };
    const engine = new Engine(options, { ...ports(this.#process), workers: link(this) }, endpoints);
    this.#engine = engine;
    const again = (why: string): void => {
      if (life !== this.#life) return;
      note(`${this.owner} failed: ${why}`);
      later(RESTART_MS, () => life === this.#life && this.#replace());
    };
    engine.onFailed = ({ code }) => again(code);
    engine.start().then(
      () => note(`${this.owner} runs`),
      () => again(engine.problem?.code ?? 'stopped'),
    );
  }

  /** Kills the process without a clean stop, and starts it again after a while. */
  crash(downMs: number): void {
    this.#o.note(`${this.owner} crashes`);
    this.#end();
    const life = this.#life;
    this.#o.later(downMs, () => life === this.#life && this.start());
  }

  stall(ms: number): void {
    if (this.#process.isFrozen) return;
    this.#o.note(`${this.owner} stalls for ${ms}`);
    const process = this.#process;
    process.freeze();
    this.#o.later(ms, () => process.thaw());
  }

  /** Delivers a message, if the endpoints are open when the process handles it. */
  receive(handle: (api: EngineApi) => void): void {
    this.#process.run(() => {
      if (this.#api) handle(this.#api);
    });
  }

  /** Runs a callback that the engine waits for, unless its process is dead by then. */
  callback(run: () => void): void {
    this.#process.run(run);
  }

  #replace(): void {
    this.#end();
    this.start();
  }

  #end(): void {
    this.#life++;
    this.#process.kill();
    this.#engine = undefined;
    this.#api = undefined;
  }
}
