import { AppError } from '@precedent/kernel';
import type { GuestPort } from './guest-port.ts';
import type { GuestCall, HostMessage } from './protocol.ts';
import { unpackThrown } from './thrown-value.ts';

type Answer = Extract<HostMessage, { kind: 'answer' }>;

/** What the code of one run has requested of its host, until it is answered. */
export class GuestCalls {
  readonly #port: GuestPort;
  readonly #run: number;
  #open: Map<number, (answer: Answer) => void> | undefined;
  #last = 0;
  #isClosed = false;

  constructor(port: GuestPort, run: number) {
    this.#port = port;
    this.#run = run;
  }

  /** Rejects with what the host answers, and with STALE_EPOCH when the handler has ended. */
  call(request: GuestCall): Promise<void> {
    if (this.#isClosed) return Promise.reject(new AppError('STALE_EPOCH', 'the handler has ended'));
    const call = ++this.#last;
    const open = (this.#open ??= new Map());
    return new Promise((resolve, reject) => {
      open.set(call, ({ error }: Answer) => (error ? reject(unpackThrown(error)) : resolve()));
      this.#port.post({ kind: 'call', run: this.#run, call, ...request });
    });
  }

  answer(answer: Answer): void {
    this.#open?.get(answer.call)?.(answer);
    this.#open?.delete(answer.call);
  }

  /** The handler has ended: what is open is still answered, and nothing new is taken. */
  close(): void {
    this.#isClosed = true;
  }
}
