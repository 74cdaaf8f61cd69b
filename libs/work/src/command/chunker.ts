/** Cuts a stream of text into pieces of a limited size, at the ends of lines where it can. */
export interface Chunker {
  /** Adds text; returns the pieces that are full. */
  push(text: string): string[];
  /** Some time has passed: returns whole lines, or what there is when it has no line end. */
  tick(): string[];
  /** Returns all that is left. */
  end(): string[];
  /** Whether text is held back. */
  readonly holding: boolean;
}

/** `limitBytes` is the most that a piece takes as UTF-8, at least 4. No character is split. */
export const chunker = (limitBytes: number): Chunker => {
  const room = new Uint8Array(limitBytes);
  const encoder = new TextEncoder();
  let held = '';
  const take = (length: number): string => {
    const piece = held.slice(0, length);
    held = held.slice(length);
    return piece;
  };
  const fitting = (): number => encoder.encodeInto(held, room).read;
  const atLineEnd = (length: number): number => held.lastIndexOf('\n', length - 1) + 1 || length;
  return {
    push: (text) => {
      held += text;
      const full: string[] = [];
      for (let fits = fitting(); fits < held.length; fits = fitting()) full.push(take(atLineEnd(fits)));
      return full;
    },
    tick: () => (held === '' ? [] : [take(atLineEnd(held.length))]),
    end: () => (held === '' ? [] : [take(held.length)]),
    get holding() {
      return held !== '';
    },
  };
};
