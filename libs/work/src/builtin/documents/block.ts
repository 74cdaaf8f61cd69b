import { charBoundary, cutText } from '@precedent/kernel';

/** A piece of a document that belongs together: a paragraph, a function, a row. */
export interface Block {
  /** The headings above it, outermost first, joined by ` > `; empty when there is none. */
  readonly heading: string;
  readonly text: string;
}

const HEADING_CHARS = 200;

/** Headings above a block: a new one takes the place of those that are as deep or deeper. */
export class Outline {
  readonly #levels: { readonly level: number; readonly text: string }[] = [];

  enter(level: number, text: string): void {
    while ((this.#levels.at(-1)?.level ?? 0) >= level) this.#levels.pop();
    this.#levels.push({ level, text: cutText(text.trim(), HEADING_CHARS) });
  }

  /** Cut at its beginning when it is too long: the innermost heading says most. */
  trail(): string {
    const trail = this.#levels.map(({ text }) => text).join(' > ');
    return trail.length > HEADING_CHARS
      ? `…${trail.slice(charBoundary(trail, trail.length + 1 - HEADING_CHARS))}`
      : trail;
  }
}
