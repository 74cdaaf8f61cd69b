import { AppError } from '@precedent/kernel';
import { silentGateway } from '@precedent/ports';
import type { CallerSession, GatewayTelemetry } from '@precedent/ports';

export interface StreamLimits {
  readonly perCredential: number;
  readonly total: number;
}

export const STREAM_LIMITS: StreamLimits = { perCredential: 50, total: 2_000 };

const RETRY_AFTER_MS = 5_000;

/** Counts the streams that are open, over all interfaces that share it. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #telemetry: GatewayTelemetry;
  readonly #byCredential = new Map<string, number>();
  #total = 0;

  constructor(telemetry: GatewayTelemetry = silentGateway, limits: StreamLimits = STREAM_LIMITS) {
    this.#limits = limits;
    this.#telemetry = telemetry;
  }

  /** Counts one more until the returned function is called. Throws RATE_LIMITED. */
  add({ credential = '' }: CallerSession): () => void {
    const own = this.#byCredential.get(credential) ?? 0;
    const { perCredential, total } = this.#limits;
    if (this.#total >= total) throw this.#refused(`${total} streams are open at this gateway`);
    // Where access is open there is one key for everybody.
    if (credential !== '' && own >= perCredential)
      throw this.#refused(`the credential has ${perCredential} open streams`);
    this.#byCredential.set(credential, own + 1);
    this.#change(1);
    return () => this.#remove(credential);
  }

  #change(by: 1 | -1): void {
    this.#total += by;
    this.#telemetry.emit({ name: 'streams.open', count: this.#total });
  }

  #refused(message: string): AppError {
    this.#telemetry.emit({ name: 'request.limited', limit: 'streams' });
    return new AppError('RATE_LIMITED', message, { retryAfterMs: RETRY_AFTER_MS });
  }

  #remove(credential: string): void {
    this.#change(-1);
    const left = (this.#byCredential.get(credential) ?? 1) - 1;
    if (left > 0) this.#byCredential.set(credential, left);
    else this.#byCredential.delete(credential);
  }
}
