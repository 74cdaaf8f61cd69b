import { fieldOf } from '@precedent/kernel';
import { classifyReturn } from '../attempts/exit.ts';
import type { Handler } from '../handler.ts';
import { GuestContext } from './guest-context.ts';
import type { GuestPort } from './guest-port.ts';
import type { HandlerModule, HostMessage } from './protocol.ts';
import { packThrown } from './thrown-value.ts';

type Start = Extract<HostMessage, { kind: 'start' }>;
type OfRun = Exclude<HostMessage, { kind: 'load' | 'start' }>;

/** Loads the handler of a guest, and runs it for one attempt after the other. */
export class GuestRunner {
  readonly #port: GuestPort;
  #handler: Promise<Handler> | undefined;
  #logBytes = 0;
  #current: GuestContext | undefined;

  constructor(port: GuestPort) {
    this.#port = port;
  }

  receive(message: HostMessage): void {
    switch (message.kind) {
      case 'load':
        this.#logBytes = message.logBytes;
        return void this.#load(message);
      case 'start':
        return void this.#run(message);
      default:
        return this.#obey(message);
    }
  }

  async #load(source: HandlerModule): Promise<void> {
    this.#handler = handlerOf(source);
    try {
      await this.#handler;
      this.#port.post({ kind: 'loaded' });
    } catch (error) {
      this.#port.post({ kind: 'unloadable', error: packThrown(error) });
    }
  }

  async #run({ run, job, resume }: Start): Promise<void> {
    const context = new GuestContext(this.#port, { run, job, resume, logBytes: this.#logBytes });
    this.#current = context;
    try {
      const handler = await this.#handler;
      const result = await handler?.(job, context);
      context.close();
      const exit = classifyReturn(result, undefined, Number.POSITIVE_INFINITY);
      this.#port.post({ kind: 'returned', run, ...returned(exit) });
    } catch (error) {
      context.close();
      this.#port.post({ kind: 'threw', run, error: packThrown(error) });
    }
  }

  #obey(message: OfRun): void {
    const context = this.#current;
    if (context === undefined || message.run !== context.run) return;
    switch (message.kind) {
      case 'stop':
        return context.interruption.stop(message.request);
      case 'yield':
        return context.interruption.requestYield(message.request);
      case 'answer':
        return context.calls.answer(message);
      case 'suspend':
        return void context.suspend();
      case 'resume':
        return context.thaw();
    }
  }
}

const returned = ({ result, error }: ReturnType<typeof classifyReturn>) => ({
  ...(result !== undefined && { result }),
  ...(error !== undefined && { problem: error }),
});

/** What CommonJS modules export may be known only as the default export. */
const handlerOf = async ({ module, export: name }: HandlerModule): Promise<Handler> => {
  const exports = (await import(module)) as Readonly<Record<string, unknown>>;
  const found = [exports[name], fieldOf(exports['default'], name)].find((one) => typeof one === 'function');
  if (found !== undefined) return found as Handler;
  const names = Object.keys(exports).join(', ') || 'nothing';
  throw new Error(`it exports no function ${name}; its exports are: ${names}`);
};
