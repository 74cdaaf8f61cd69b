import { defined, errorCode, errorName, fieldOf, messageOf } from '@precedent/kernel';

/** PEM files of a client of NATS. They are read again for every new connection. */
export interface TlsFiles {
  /** The authorities that the server's certificate must be signed by. Left out: those that the system knows. */
  readonly caFile?: string | undefined;
  /** The client's own certificate, for servers that require one. */
  readonly certFile?: string | undefined;
  /** The private key of `certFile`. */
  readonly keyFile?: string | undefined;
}

/** What the NATS client takes, and a field that Node reads: whom the certificate of a server must name that is reached by its address. */
interface ClientTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly host?: string;
}

/**
 * The TLS options of the NATS client; `undefined` where the connection need not be secure. A `tls://` URL, or any file, makes it
 * refuse a server without TLS.
 */
export const clientTls = (servers: readonly string[], files?: TlsFiles): ClientTls | undefined => {
  if (files === undefined && !servers.some((server) => server.trim().startsWith('tls:'))) return undefined;
  // The client names no server that is reached by its address, and Node compares its certificate with "localhost" then.
  return defined({ ...files, host: servers.map(hostOf).find(isAddress) });
};

const hostOf = (server: string): string => {
  const [, rest = ''] = /^(?:\w+:\/\/)?(.*)$/.exec(server.trim()) ?? [];
  return URL.parse(`http://${rest}`)?.hostname.replaceAll(/[[\]]/g, '') ?? '';
};

const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host) || host.includes(':');

interface Closable {
  close(): Promise<void>;
}

const RETRY_MS = 2_000;

/**
 * Why a first connect failed. A server that refuses the certificate of a client does so after the handshake: the client of NATS connects
 * again and again until its time is over, and only a connection that it does not repeat ends with the reason.
 */
export const connectFailure = async <T extends { readonly tls?: object | null }>(
  failure: unknown,
  options: T,
  dial: (options: T & { readonly reconnect: false; readonly timeout: number }) => Promise<Closable>,
): Promise<unknown> => {
  if (!options.tls || errorName(failure) !== 'TimeoutError') return failure;
  let reason = failure;
  // A reset can overtake the alert that says why: the next connection may get to read it.
  for (let dials = 0; dials < DIALS_MAX && (dials === 0 || isReset(reason)); dials++) {
    try {
      await (await dial({ ...options, reconnect: false, timeout: RETRY_MS })).close();
      return failure;
    } catch (error) {
      reason = error;
    }
  }
  return reason;
};

const DIALS_MAX = 3;

const isReset = (error: unknown): boolean => codesOf(error).includes('ECONNRESET');

/** The files of a connection that shall be secure. */
type Secured = Pick<TlsFiles, 'caFile' | 'certFile'> | null | undefined;

/**
 * Why a secure connection was not made; `undefined` for errors that have nothing to do with TLS. `key` is the setting that names the
 * file of the authorities.
 */
export const tlsFailure = (error: unknown, key: string, files: Secured): string | undefined => {
  const code = codesOf(error).find((one) => /CERT|SSL|TLS|ISSUER|SIGNATURE/.test(one));
  if (code === undefined) return failureWithoutCode(error, files);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the server's certificate names another host (${messageOf(error)})`;
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate has expired";
  if (code === 'CERT_NOT_YET_VALID') return "the server's certificate is not valid yet";
  if (/CERTIFICATE_REQUIRED/.test(code)) return 'the server requires a certificate of the client';
  if (/ALERT/.test(code)) return `the server refuses the connection (${code})`;
  if (/SELF_SIGNED|ISSUER|SIGNATURE/.test(code))
    return `the server's certificate is signed by ${noneOf(key, files?.caFile)}`;
  return messageOf(error);
};

const failureWithoutCode = (error: unknown, files: Secured): string | undefined => {
  if (/does not support 'tls'/.test(messageOf(error))) return 'the server does not offer TLS';
  if (!files || !isReset(error)) return undefined;
  const certificate =
    files.certFile === undefined ? 'requires a certificate of the client' : `refuses ${files.certFile}`;
  return `the server ended the connection (${messageOf(error)}): perhaps it ${certificate}`;
};

const noneOf = (key: string, caFile: string | undefined): string =>
  caFile === undefined
    ? `no authority that the system knows: ${key} names a file with others`
    : `none of the authorities in ${caFile} (${key})`;

/** Of the error and of its causes. */
const codesOf = (error: unknown): string[] => {
  const codes: string[] = [];
  for (
    let one = error, depth = 0;
    one !== undefined && depth < CAUSES_MAX;
    one = fieldOf(one, 'cause'), depth++
  ) {
    const code = errorCode(one);
    if (code !== undefined) codes.push(code);
  }
  return codes;
};

const CAUSES_MAX = 4;
