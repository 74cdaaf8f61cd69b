import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { AppError } from '@precedent/kernel';
import type { HostRules, Target } from './host-rules.ts';

/** One address of a host. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Looks up all addresses of a name. Rejects with the error of the resolver. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true });

/** Where a URL leads to. */
export const targetOf = (url: URL): Target => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
});

/**
 * The addresses that a request may connect to; throws HTTP_REFUSED when the rules deny the name or any of its addresses.
 * The caller must connect to these: a second lookup could give other addresses.
 */
export const allowedAddresses = async (
  url: URL,
  rules: HostRules,
  resolve: Resolve,
): Promise<readonly Address[]> => {
  const target = targetOf(url);
  const refuse = (reason: string | undefined): void => {
    if (reason === undefined) return;
    const fact = `the worker may not call ${target.host}:${target.port}: ${reason}`;
    throw new AppError('HTTP_REFUSED', fact, { details: { host: target.host, port: target.port } });
  };
  refuse(rules.refuseName(target));
  const family = isIP(target.host);
  const addresses = family === 0 ? await resolve(target.host) : [{ address: target.host, family }];
  refuse(
    rules.refuseAddresses(
      target,
      addresses.map(({ address }) => address),
    ),
  );
  return addresses;
};

/** A lookup for `node:http` that knows only these addresses. */
export const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family ?? 4);
  };
