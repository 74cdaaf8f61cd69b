/** One line of a header drawing: `queued | running  --CANCELLED-->  cancelled   a note`. */
export interface DrawnLine {
  readonly from: readonly string[];
  readonly events: readonly string[];
  readonly to: string;
  readonly note: string;
}

export interface Drawing {
  /** The first line of the header, which says what the machine is. */
  readonly headline: string;
  readonly lines: readonly DrawnLine[];
  /** Lines with an arrow that could not be read. */
  readonly unread: readonly string[];
}

const LINE = /^(?<from>[\w.*| ]+?)\s+--(?<event>[\w.*| ]+)-->\s+(?<to>[\w.]+)(?:\s+(?<note>.*))?$/;

/** The drawing in the first block comment of a machine's file. */
export const readDrawing = (source: string): Drawing => {
  const header = /\/\*\*(?<text>[^]*?)\*\//.exec(source)?.groups?.['text'] ?? '';
  const texts = header.split('\n').map((line) => line.replace(/^\s*\*?\s*/, '').trimEnd());
  const arrows = texts.filter((text) => text.includes('-->'));
  return {
    headline: texts.find((text) => text !== '') ?? '',
    lines: arrows.flatMap(readLine),
    unread: arrows.filter((text) => readLine(text).length === 0),
  };
};

const readLine = (text: string): DrawnLine[] => {
  const { from, event, to, note = '' } = LINE.exec(text)?.groups ?? {};
  if (from === undefined || event === undefined || to === undefined) return [];
  return [{ from: alternatives(from), events: alternatives(event), to, note }];
};

const alternatives = (text: string): string[] => text.split('|').map((one) => one.trim());
