import { cutText, readExactJson } from '@precedent/kernel';
import type { RawBody } from '@precedent/outbound';
import { JSON_DEPTH_MAX } from '../json-depth.ts';

/** A body as part of a result. */
export interface ResultBody {
  /** JSON when the content type says so, it is whole and its value says exactly what the text says; otherwise text. */
  readonly body: unknown;
  /** Set when the body is not text. */
  readonly encoding?: 'base64';
  /** Only the beginning is here. */
  readonly truncated?: true;
}

const isJson = (contentType: string): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(contentType);

/** `budgetBytes` is what the body may take as JSON within the result, whatever was read of it. */
export const resultBodyOf = (raw: RawBody, contentType: string, budgetBytes: number): ResultBody => {
  if (!raw.truncated && isJson(contentType)) {
    const parsed = parsedJson(raw.bytes);
    if (parsed !== undefined && jsonBytes(parsed.value) <= budgetBytes) return { body: parsed.value };
  }
  const whole = decoded(raw, contentType);
  const text = whole ?? raw.bytes.toString('base64');
  // A piece of base64 can be read only when it is cut at a multiple of four.
  const body = fitting(text, budgetBytes, whole === undefined ? 4 : 1);
  return {
    body,
    ...(whole === undefined && { encoding: 'base64' as const }),
    ...((raw.truncated || body.length < text.length) && { truncated: true as const }),
  };
};

/** `undefined` also for JSON whose value would say something else than its text, as an id of 64 bits does: it stays text. */
const parsedJson = (bytes: Buffer): { readonly value: unknown } | undefined => {
  const read = readExactJson(bytes.toString('utf8'), JSON_DEPTH_MAX);
  return 'value' in read ? read : undefined;
};

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Text in its charset; `undefined` when the bytes are no text. A character cut at the end of a truncated body is left out. */
const decoded = ({ bytes, truncated }: RawBody, contentType: string): string | undefined => {
  const charset = /charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return decoderFor(charset).decode(bytes, { stream: truncated });
  } catch {
    return undefined;
  }
};

const decoderFor = (charset: string): InstanceType<typeof TextDecoder> => {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return new TextDecoder('utf-8', { fatal: true });
  }
};

/** The longest beginning that fits as JSON: escapes make a text longer by up to six times. */
const fitting = (text: string, budgetBytes: number, step: number): string => {
  if (jsonBytes(text) <= budgetBytes) return text;
  let [low, high] = [0, Math.floor(text.length / step)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (jsonBytes(cutText(text, middle * step)) <= budgetBytes) low = middle;
    else high = middle - 1;
  }
  return cutText(text, low * step);
};
