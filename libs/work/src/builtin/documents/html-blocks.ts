import { ownValue } from '@precedent/kernel';
import type { Block, Outline } from './block.ts';

/** What these hold is no text for people. */
const SILENT = new Set(['script', 'style', 'template', 'noscript', 'svg', 'iframe']);
/** Words on both sides of these belong to one sentence. */
const INLINE = new Set(
  (
    'a abbr b bdi bdo cite code data dfn em font i kbd label mark q rp rt ruby s samp small span strong sub sup time ' +
    'tt u var wbr'
  ).split(' '),
);

/** A page as its paragraphs under its headings. Scans each character once, whatever the page is. */
export const htmlBlocks = (html: string, outline: Outline): Block[] => {
  const blocks: Block[] = [];
  let [text, level] = ['', 0];
  const close = (): void => {
    const block = plainText(text);
    text = '';
    if (block === '') return;
    if (level > 0) outline.enter(level, block);
    else blocks.push({ heading: outline.trail(), text: block });
  };
  for (const { kind, value } of tokens(html)) {
    if (kind === 'text') text += value;
    else if (!INLINE.has(value.replace('/', ''))) {
      close();
      level = Number(/^h([1-6])$/.exec(value)?.[1] ?? 0);
    }
  }
  close();
  return blocks;
};

interface Token {
  /** The value of a tag is its name, with a `/` in front when it closes. */
  readonly kind: 'text' | 'tag';
  readonly value: string;
}

function* tokens(html: string): Generator<Token> {
  // Of the same length: the lower case of some letters is longer.
  const lower = html.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    yield { kind: 'text', value: html.slice(at, open < 0 ? html.length : open) };
    if (open < 0) return;
    const name = /^<(\/?[a-z][a-z0-9]*)/.exec(lower.slice(open, open + 40))?.[1];
    if (name === undefined && !/^<[!?]/.test(lower.slice(open, open + 2))) {
      yield { kind: 'text', value: '<' };
      at = open + 1;
      continue;
    }
    if (name !== undefined) yield { kind: 'tag', value: name };
    at = endOf(lower, open, name);
  }
}

/** Behind the tag that begins at `open`, and behind its content when that is not for people. */
const endOf = (lower: string, open: number, name: string | undefined): number => {
  if (lower.startsWith('<!--', open)) return after(lower, '-->', open + 4);
  const end = after(lower, '>', open);
  if (name === undefined || !SILENT.has(name)) return end;
  return after(lower, '>', after(lower, `</${name}`, end));
};

const after = (text: string, mark: string, from: number): number => {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
};

const plainText = (text: string): string =>
  text
    .replaceAll(
      /&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,6});/gi,
      (whole, name: string) => entity(name) ?? whole,
    )
    .replaceAll(/\s+/g, ' ')
    .trim();

const entity = (name: string): string | undefined => {
  if (!name.startsWith('#')) return ownValue(ENTITIES, name.toLowerCase());
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
};
