import { inspect } from 'node:util';

const MASK = '***';

/** A text that prints as `***` wherever it is shown: in templates, JSON, and `inspect`. Only `reveal` gives it away. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** False when nothing was configured. */
  get isSet(): boolean {
    return this.#text !== '';
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return this.isSet ? MASK : '';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
