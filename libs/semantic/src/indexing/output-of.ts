/** Characters that are kept of the end of each stream. A worker keeps 8 KiB, of one stream or of both. */
const STREAM_CHARS = 8 * 1024;

/**
 * The end of what a failed attempt has printed or received, from the details of its error: the output of a command, standard error last,
 * or the body of an HTTP response. `undefined` when there is none.
 */
export const outputOf = (
  details: Readonly<Record<string, unknown>> | undefined,
): { readonly output?: string } => {
  const { stdout, stderr, body, bytes } = details ?? {};
  const { stdout: ofStdout, stderr: ofStderr } = (bytes ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [wholeLines(stdout, ofStdout), wholeLines(stderr, ofStderr), wholeLines(body, undefined)];
  const output = parts.filter((part) => part.trim() !== '').join('\n');
  return output === '' ? {} : { output };
};

/** The end of a stream. Its first line is left out when it has lost its beginning: half of a secret would not be redacted. */
const wholeLines = (text: unknown, bytes: unknown): string => {
  if (typeof text !== 'string') return '';
  const end = text.slice(-STREAM_CHARS);
  const isCut = end.length < text.length || (typeof bytes === 'number' && bytes > Buffer.byteLength(text));
  const lineEnd = end.search(/[\r\n]/);
  return isCut && lineEnd >= 0 ? end.slice(lineEnd + 1) : end;
};
