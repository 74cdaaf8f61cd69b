import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { LoginProvider, PendingLogin, TextSeal } from '@precedent/ports';
import { z } from 'zod';

export interface SessionOptions {
  /** That of every gateway of the cell. */
  readonly seal: TextSeal;
  /** Where persons log in. Without one, a link of `precedent open` begins a session. */
  readonly providers: readonly LoginProvider[];
  /** How long a session lasts, however often it is renewed. Milliseconds. */
  readonly maxMs: number;
  readonly now: () => EpochMs;
}

/** What the cookie of a session holds. */
const sessionSchema = z.object({
  /** The bearer credential: it is checked at each request, as one in a header is. */
  token: z.string(),
  endsAt: z.number(),
  /** Of a login at a provider: when the token ends, and what gets the next one. */
  expiresAt: z.number().optional(),
  issuer: z.string().optional(),
  refreshToken: z.string().optional(),
});
export type Session = Readonly<z.infer<typeof sessionSchema>>;

/** What the browser of a login under way has to bring back. */
const loginSchema = z.object({
  issuer: z.string(),
  returnTo: z.string(),
  endsAt: z.number(),
  pending: z.object({ state: z.string(), nonce: z.string(), verifier: z.string() }),
});
export interface LoginUnderWay {
  readonly issuer: string;
  readonly returnTo: string;
  readonly endsAt: EpochMs;
  readonly pending: PendingLogin;
}

/** A link that begins a session. */
const linkSchema = z.object({ token: z.string(), endsAt: z.number() });
export type SessionLink = Readonly<z.infer<typeof linkSchema>>;

const SCHEMAS = { session: sessionSchema, login: loginSchema, link: linkSchema };
type Kind = keyof typeof SCHEMAS;
type Content = { session: Session; login: LoginUnderWay; link: SessionLink };

export const sealedAs = <K extends Kind>({ seal }: SessionOptions, kind: K, content: Content[K]): string =>
  seal.seal(JSON.stringify(content), kind);

/** Throws UNAUTHENTICATED for what this cell did not seal, or not as this kind, and for what has ended. */
export const openedAs = <K extends Kind>(
  { seal, now }: SessionOptions,
  kind: K,
  sealed: string,
): Content[K] => {
  const text = seal.open(sealed, kind);
  const content = text === undefined ? undefined : contentIn(kind, text);
  if (content !== undefined && now() < content.endsAt) return content;
  throw new AppError('UNAUTHENTICATED', content === undefined ? UNKNOWN[kind] : ENDED[kind]);
};

/** `undefined`: another version of this program sealed it. */
const contentIn = <K extends Kind>(kind: K, text: string): Content[K] | undefined =>
  SCHEMAS[kind].safeParse(JSON.parse(text)).data as Content[K] | undefined;

const UNKNOWN: Readonly<Record<Kind, string>> = {
  session: 'the cookie holds no session of this cell: log in again',
  login: 'the cookie holds no login of this cell: begin again',
  link: 'the link was not made by this cell: begin again with `precedent open`',
};

const ENDED: Readonly<Record<Kind, string>> = {
  session: 'the session has ended: log in again',
  login: 'the login took too long: begin again',
  link: 'the link has ended: begin again with `precedent open`',
};
