/**
 * Characters that steer a terminal, turn text around or cannot be seen: the control characters, the marks and isolates of
 * bidirectional text, spaces without width, and the separators of lines and paragraphs. ZWJ and variation selectors, of which emoji
 * are made, are not among them.
 */
export const HIDDEN_CHARACTERS =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;

/**
 * The text with every such character spelled out: `^[` for ESC, `<U+009B>` for others. Line feeds and tabs stay, and CR LF is a line
 * feed. Everything that somebody else wrote, and that a person or a model sees, goes through here.
 */
export const visible = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(HIDDEN_CHARACTERS, (char) => (char === '\n' || char === '\t' ? char : spelled(char)));

const DELETE = 0x7f;

const spelled = (char: string): string => {
  const code = char.charCodeAt(0);
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  const hex = code.toString(16).padStart(4, '0').toUpperCase();
  return code === DELETE ? '^?' : `<U+${hex}>`;
};
