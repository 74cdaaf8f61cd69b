import { inspect } from 'node:util';

/** What a text is, never how it looks: the palette says that, in one place. */
export type Style = keyof typeof PALETTE;

const PALETTE = {
  heading: ['bold'],
  muted: ['gray'],
  good: ['green'],
  bad: ['red'],
  active: ['cyan'],
  waiting: ['yellow'],
  displaced: ['magenta'],
  urgent: ['bold', 'red'],
} as const satisfies Record<string, readonly (keyof typeof inspect.colors)[]>;

const STYLES = Object.keys(PALETTE) as readonly Style[];

/** How states and bands look, everywhere. What is not here has no style. */
const STYLE_OF: Readonly<Record<string, Style>> = {
  running: 'active',
  retrying: 'waiting',
  preempted: 'displaced',
  preempting: 'displaced',
  requeued: 'displaced',
  stopping: 'waiting',
  draining: 'waiting',
  started: 'active',
  ready: 'good',
  following: 'good',
  completed: 'good',
  failed: 'bad',
  timed_out: 'bad',
  rejected: 'bad',
  cancelled: 'muted',
  skipped: 'muted',
  deleted: 'muted',
  critical: 'urgent',
  high: 'waiting',
  low: 'muted',
};

/** The style of a state, an event or a band. */
export const styleOf = (word: string): Style | undefined =>
  Object.hasOwn(STYLE_OF, word) ? STYLE_OF[word] : undefined;

/** Noncharacters, which no text of anybody has: they mark where a style begins and ends until the text is written. */
const FIRST_MARK = 0xfdd0;
const END = '\ufdef';
const MARKS = /[\ufdd0-\ufdef]/g;

/** The text in a style. */
export const styled = (text: string, style: Style | undefined): string =>
  style === undefined || text === ''
    ? text
    : `${String.fromCharCode(FIRST_MARK + STYLES.indexOf(style))}${text}${END}`;

/** A state, an event or a band in its style. */
export const styledWord = (word: string, text = word): string => styled(text, styleOf(word));

export const withoutMarks = (text: string): string => text.replaceAll(MARKS, '');

/** The text as it is written: with colours where the terminal has them, or bare. */
export const rendered = (text: string, { colours }: { readonly colours: boolean }): string => {
  if (!colours) return withoutMarks(text);
  let open: readonly Colour[] = [];
  const written = text.replaceAll(MARKS, (mark) => {
    const ending = open;
    open = mark === END ? [] : coloursOf(mark);
    return closing(ending) + open.map((name) => sgr(name, 0)).join('');
  });
  // A text that was cut may have lost the end of its last style.
  return written + closing(open);
};

type Colour = keyof typeof inspect.colors;

const closing = (colours: readonly Colour[]): string =>
  colours
    .toReversed()
    .map((name) => sgr(name, 1))
    .join('');

const coloursOf = (mark: string): readonly Colour[] => {
  const style = STYLES[mark.charCodeAt(0) - FIRST_MARK];
  return style === undefined ? [] : PALETTE[style];
};

const sgr = (name: Colour, side: 0 | 1): string => `\u001b[${inspect.colors[name]?.[side] ?? 0}m`;
