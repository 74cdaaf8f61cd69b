/** Credentials that are remembered. */
const CREDENTIALS_MAX = 10_000;

/** From which host each credential connected last, as far as this program let the connection in. */
export class LastHosts {
  readonly #hosts = new Map<string, string>();

  set(credential: string, host: string): void {
    this.#hosts.delete(credential);
    this.#hosts.set(credential, host);
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size > CREDENTIALS_MAX && oldest !== undefined) this.#hosts.delete(oldest);
  }

  get(credential: string): string | undefined {
    return this.#hosts.get(credential);
  }
}
