/** Takes appends to a memory log and its answers back, and can hold them up on the way. */
export class Carrier {
  readonly #held: (() => void)[] = [];
  #holds = false;

  readonly carry = (run: () => void): void => {
    if (this.#holds) this.#held.push(run);
    else queueMicrotask(run);
  };

  /** What is sent from now on stays on its way. */
  hold(): void {
    this.#holds = true;
  }

  /** Everything that was held arrives. */
  release(): void {
    this.#holds = false;
    for (const run of this.#held.splice(0)) run();
  }

  /** The oldest one that was held arrives. */
  step(): void {
    this.#held.shift()?.();
  }

  /** Things held on the way. */
  get held(): number {
    return this.#held.length;
  }
}
