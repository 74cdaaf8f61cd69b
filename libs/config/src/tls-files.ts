import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { AppError, defined, errorCode, messageOf } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import type { PemPair } from '@precedent/ports';
import type { Config } from './settings.ts';

type TlsSettings = Config['nats']['tls'];

/** The paths of the files, for a client. */
export interface TlsPaths {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** What the own server needs. */
export interface ServerTls {
  readonly caFile?: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Whether it requires a certificate of every client. */
  readonly verify: boolean;
}

/**
 * The files with which our programs connect to NATS; `undefined` when none is configured. Throws INVALID_CONFIG with the key and the file
 * of each that is missing, expired, no PEM, or does not belong to the others.
 */
export const clientTlsOf = (
  { nats: { tls } }: Pick<Config, 'nats'>,
  now = Date.now(),
): TlsPaths | undefined => {
  if (tls.ca === '' && tls.cert === '') return undefined;
  refuse(fileIssues('nats.tls', tls, now));
  const path = (one: string): string | undefined => (one === '' ? undefined : one);
  return defined({ caFile: path(tls.ca), certFile: path(tls.cert), keyFile: path(tls.key) });
};

/**
 * The files of the own server, which its clients reach at `host`; `undefined` when it offers no TLS. Throws like `clientTlsOf`, and when
 * the certificate does not name the host, or is for servers only though the server requires it of our programs.
 */
export const serverTlsOf = (
  config: Pick<Config, 'nats'>,
  host: string,
  now = Date.now(),
): ServerTls | undefined => {
  const { tls } = config.nats;
  if (tls.cert === '') return undefined;
  const { caFile } = clientTlsOf(config, now) ?? {};
  refuse(certificateOf(tls.cert).flatMap((one) => [...hostIssues(one, tls, host), ...usageIssues(one, tls)]));
  return { certFile: tls.cert, keyFile: tls.key, verify: tls.verify, ...defined({ caFile }) };
};

/** What the gateway serves its listeners with; `undefined` without TLS. Throws like `clientTlsOf`. */
export const gatewayTlsOf = (
  { gateway: { tls } }: Pick<Config, 'gateway'>,
  now = Date.now(),
): PemPair | undefined => {
  if (tls.cert === '' && tls.key === '') return undefined;
  const missing = (['cert', 'key'] as const).find((one) => tls[one] === '');
  if (missing !== undefined)
    refuse([{ field: `gateway.tls.${missing}`, message: 'is missing: certificate and key belong together' }]);
  refuse(fileIssues('gateway.tls', { ...tls, ca: '' }, now));
  return { cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') };
};

/** The address of the configured Qdrant, with what its client needs. Throws INVALID_CONFIG when the file of `vectorizer.ca` cannot be used. */
export const qdrantAddressOf = ({ vectorizer: { url, apiKey, ca } }: Pick<Config, 'vectorizer'>) => {
  const authority = ca === '' ? undefined : read('vectorizer.ca', ca, (text) => new X509Certificate(text));
  refuse(authority?.issues ?? []);
  return {
    url,
    ...(apiKey.isSet && { apiKey: apiKey.reveal() }),
    ...defined({ ca: authority?.found?.toString() }),
  };
};

const refuse = (issues: readonly Issue[]): void => {
  if (issues.length === 0) return;
  const text = issues.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new AppError('INVALID_CONFIG', text, { issues });
};

const issueOf = (field: string, file: string, problem: string): Issue => ({
  field,
  message: `${file} ${problem}`,
});

type Files = Pick<TlsSettings, 'ca' | 'cert' | 'key'>;

/** `place`: the section of the configuration that names them. */
const fileIssues = (place: string, { ca, cert, key }: Files, now: number): Issue[] => {
  const authority = ca === '' ? undefined : read(`${place}.ca`, ca, (text) => new X509Certificate(text));
  const certificate =
    cert === '' ? undefined : read(`${place}.cert`, cert, (text) => new X509Certificate(text));
  const secret = key === '' ? undefined : read(`${place}.key`, key, (text) => createPrivateKey(text));
  return [
    ...[authority, certificate, secret].flatMap((one) => one?.issues ?? []),
    ...timeIssues(`${place}.ca`, ca, authority?.found, now),
    ...timeIssues(`${place}.cert`, cert, certificate?.found, now),
    ...pairIssues(place, { cert, key }, certificate?.found, secret?.found),
  ];
};

interface Found<T> {
  readonly found?: T;
  readonly issues: readonly Issue[];
}

const read = <T>(key: string, file: string, parse: (text: string) => T): Found<T> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    return { issues: [issueOf(key, file, why)] };
  }
  try {
    return { found: parse(text), issues: [] };
  } catch {
    const what = key.endsWith('.key') ? 'private key without a passphrase' : 'certificate';
    return { issues: [issueOf(key, file, `holds no ${what} in PEM`)] };
  }
};

const certificateOf = (file: string): X509Certificate[] => {
  const { found } = read('nats.tls.cert', file, (text) => new X509Certificate(text));
  return found ? [found] : [];
};

const timeIssues = (key: string, file: string, found: X509Certificate | undefined, now: number): Issue[] => {
  if (!found) return [];
  if (found.validToDate.getTime() < now)
    return [issueOf(key, file, `expired on ${found.validToDate.toISOString()}`)];
  if (found.validFromDate.getTime() > now)
    return [issueOf(key, file, `is not valid before ${found.validFromDate.toISOString()}`)];
  return [];
};

const pairIssues = (
  place: string,
  { cert, key }: Pick<TlsSettings, 'cert' | 'key'>,
  certificate: X509Certificate | undefined,
  secret: KeyObject | undefined,
): Issue[] =>
  certificate && secret && !certificate.checkPrivateKey(secret)
    ? [issueOf(`${place}.key`, key, `does not belong to the certificate in ${cert} (${place}.cert)`)]
    : [];

const hostIssues = (certificate: X509Certificate, { cert }: TlsSettings, host: string): Issue[] => {
  const address = host.replaceAll(/[[\]]/g, '');
  const named = isIP(address) === 0 ? certificate.checkHost(address) : certificate.checkIP(address);
  if (named !== undefined) return [];
  const names = certificate.subjectAltName ?? 'no host';
  return [
    issueOf(
      'nats.tls.cert',
      cert,
      `names ${names}, and our programs reach the server at ${address} (nats.host)`,
    ),
  ];
};

const CLIENT_USE = '1.3.6.1.5.5.7.3.2';

const usageIssues = (certificate: X509Certificate, { cert, verify }: TlsSettings): Issue[] => {
  // The uses that the certificate is limited to; Node calls the extended ones so.
  const uses = (certificate.keyUsage as readonly string[] | undefined) ?? [];
  if (!verify || uses.length === 0 || uses.includes(CLIENT_USE)) return [];
  return [
    issueOf(
      'nats.tls.cert',
      cert,
      'is for servers only, and with nats.tls.verify our programs present it as clients',
    ),
  ];
};
