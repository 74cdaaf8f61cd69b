import { Tokenizer } from 'htmlparser2';
import type { Block, Outline } from './block.ts';

/** Elements whose content is not text for people. */
const SILENT = new Set(['script', 'style', 'template', 'noscript', 'svg', 'iframe']);
/** Words on both sides of these belong to one sentence. */
const INLINE = new Set(
  (
    'a abbr b bdi bdo cite code data dfn em font i kbd label mark q rp rt ruby s samp small span strong sub sup time ' +
    'tt u var wbr'
  ).split(' '),
);

/** The paragraphs of a page under their headings. Reads each character once, whatever the page is. */
export const htmlBlocks = (html: string, outline: Outline): Block[] => {
  const blocks: Block[] = [];
  let [text, level] = ['', 0];
  const close = (): void => {
    const block = text.replaceAll(/\s+/g, ' ').trim();
    text = '';
    if (block === '') return;
    if (level > 0) outline.enter(level, block);
    else blocks.push({ heading: outline.trail(), text: block });
  };
  readTokens(html, {
    text: (part) => (text += part),
    tag: (name, isOpening) => {
      if (INLINE.has(name)) return;
      close();
      level = isOpening ? Number(/^h([1-6])$/.exec(name)?.[1] ?? 0) : 0;
    },
  });
  close();
  return blocks;
};

interface TokenReader {
  /** A part of the text, entities decoded. */
  readonly text: (part: string) => void;
  /** The name in lower case. */
  readonly tag: (name: string, isOpening: boolean) => void;
}

const nothing = (): void => undefined;

/**
 * Calls the reader for each tag and each text outside of silent elements, in order. It uses the tokenizer alone: the parser above it
 * searches its stack of open elements at each closing tag, which takes the square of the length for `<a><a>…</b></b>…`.
 */
const readTokens = (html: string, { text, tag }: TokenReader): void => {
  let silent: string | undefined;
  let opened = '';
  const nameAt = (start: number, end: number): string => html.slice(start, end).toLowerCase();
  const textToken = (part: string): void => (silent === undefined ? text(part) : undefined);
  const tokenizer = new Tokenizer(
    {},
    {
      ontext: (start, end) => textToken(html.slice(start, end)),
      ontextentity: (codepoint) => textToken(String.fromCodePoint(codepoint)),
      onopentagname: (start, end) => {
        opened = silent === undefined ? nameAt(start, end) : '';
        if (silent === undefined) tag(opened, true);
        if (SILENT.has(opened)) silent = opened;
      },
      // Only foreign elements can close themselves: `<script/>` is an opening tag.
      onselfclosingtag: () => {
        if (opened === 'svg') silent = undefined;
      },
      onclosetag: (start, end) => {
        const name = nameAt(start, end);
        if (silent === undefined) tag(name, false);
        else if (name === silent) silent = undefined;
      },
      onopentagend: nothing,
      onattribname: nothing,
      onattribdata: nothing,
      onattribentity: nothing,
      onattribend: nothing,
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      onend: nothing,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
};
