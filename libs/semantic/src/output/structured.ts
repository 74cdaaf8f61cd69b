/** What a structured line of a log says. */
export interface Structured {
  readonly message: string;
  /** The word of the logger. */
  readonly level?: string;
}

const MESSAGE_KEYS = ['message', 'msg', 'event', 'error', 'err', 'reason', 'cause', 'exception', 'detail'];
const LEVEL_KEYS = ['level', 'severity', 'log.level', 'lvl', 'levelname'];

/** The message and level of a line of JSON, or of `level=error msg="…" err="…"`; `undefined` for any other line. */
export const structuredOf = (line: string): Structured | undefined =>
  line.startsWith('{') && line.endsWith('}') ? fromJson(line) : fromPairs(line);

const fromJson = (line: string): Structured | undefined => {
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === 'object' && fields !== null
      ? fromFields(new Map(Object.entries(fields)))
      : undefined;
  } catch {
    return undefined;
  }
};

const PAIR = /(?<![\w.])([A-Za-z][\w.]{0,30})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g;

const fromPairs = (line: string): Structured | undefined => {
  if (!/(?<![\w.])(?:msg|message|err|error)="/.test(line)) return undefined;
  const pairs = Array.from(
    line.matchAll(PAIR),
    ([, key = '', quoted, plain]) => [key, quoted?.replace(/\\(["\\])/g, '$1') ?? plain] as const,
  );
  return fromFields(new Map(pairs));
};

const fromFields = (fields: ReadonlyMap<string, unknown>): Structured | undefined => {
  const texts = MESSAGE_KEYS.flatMap((key) => textsIn(fields.get(key)));
  if (texts.length === 0) return undefined;
  const level = LEVEL_KEYS.map((key) => fields.get(key)).find((value) => typeof value === 'string');
  return { message: [...new Set(texts)].join(': '), ...(typeof level === 'string' && { level }) };
};

/** An error inside of a line is a text, or has fields of its own: `{"type": "…", "reason": "…"}`. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return ['type', 'code', 'message', 'reason'].flatMap((key) => {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    return typeof inner === 'string' && inner !== '' ? [inner] : [];
  });
};
