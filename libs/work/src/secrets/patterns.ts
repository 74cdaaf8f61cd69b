/** Characters that a matcher skips within a match: output is wrapped, and line ends differ. */
export const isLineEnd = (char: string | undefined): boolean => char === '\n' || char === '\r';

const withoutLineEnds = (text: string): string => text.replaceAll(/[\r\n]/g, '');

/** Every form of a secret that is looked for, without line ends: as it is, escaped in JSON and in a URL, and within any base64. */
export const patternsOf = (secret: string): string[] => {
  const plain = [secret, JSON.stringify(secret).slice(1, -1), encoded(secret)];
  const base64 = alignments(Buffer.from(secret)).flatMap((form) => [
    form,
    form.replaceAll('+', '-').replaceAll('/', '_'),
  ]);
  return [...new Set([...plain, ...base64].map(withoutLineEnds))].filter((form) => form !== '');
};

const encoded = (secret: string): string => (secret.isWellFormed() ? encodeURIComponent(secret) : secret);

const BITS = 8;
const BITS_PER_CHAR = 6;

/** What base64 makes of the bytes after none, one and two other bytes: the characters that depend on nothing else. */
const alignments = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((BITS * before) / BITS_PER_CHAR);
    return text.slice(from, Math.floor((BITS * (before + bytes.length)) / BITS_PER_CHAR));
  });
