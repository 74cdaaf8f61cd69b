import { timingSafeEqual } from 'node:crypto';
import { highestBandAmong } from '@precedent/access';
import type { Config } from '@precedent/config';
import { AppError } from '@precedent/kernel';
import { identify } from '@precedent/nats';
import type { AccessGate, Unidentified } from '@precedent/nats';
import { tokenVerifier } from '@precedent/oidc';
import { newKey } from '@precedent/ports';
import type { Authenticate, CallerSession } from '@precedent/ports';
import { gatewayKey } from '@precedent/processes';

/** Checks the credential of each HTTP request: a key of the cell, a token of an OpenID provider, or the key of the data folder where access is open. */
export const authenticator = (config: Config, gate: AccessGate | undefined): Authenticate =>
  gate === undefined ? openAuthenticator(config) : keyAuthenticator(config, gate);

const openAuthenticator = ({ storage, namespace }: Config): Authenticate => {
  const key = Buffer.from(gatewayKey(storage.dataDir, () => newKey().text));
  const session: CallerSession = { namespace, highestBand: 'critical' };
  return (token) =>
    isSame(Buffer.from(token), key)
      ? Promise.resolve(session)
      : Promise.reject(
          new AppError(
            'UNAUTHENTICATED',
            `not the key of this gateway, which is in ${storage.dataDir}/gateway.key`,
          ),
        );
};

/** Takes as long for each wrong key. How long a key is, is no secret. */
const isSame = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected);

const keyAuthenticator = ({ namespace, access }: Config, gate: AccessGate): Authenticate => {
  const { registry, now } = gate;
  const tokens = access.issuers.length > 0 ? tokenVerifier(access.issuers, now) : undefined;
  return async (token) => {
    const found = await identifyNow(gate, () => identify({ registry, tokens }, token, now()));
    if ('reason' in found) throw await refusal(gate, found);
    const { name, credential, grants } = found.principal;
    const [only, ...others] = new Set(grants.map((grant) => grant.namespace));
    const isOne = only !== undefined && only !== '*' && others.length === 0;
    return {
      credential,
      principal: name,
      namespace: isOne ? only : namespace,
      highestBand: highestBandAmong(grants),
      grants,
    };
  };
};

type Identity = Awaited<ReturnType<typeof identify>>;

/** Once more on what is stored, where it does not count: it may have been made a moment ago. */
const identifyNow = async (
  { refresh }: AccessGate,
  look: () => Identity | Promise<Identity>,
): Promise<Identity> => {
  const found = await look();
  if (!('reason' in found)) return found;
  await refresh().catch(() => undefined);
  return look();
};

/** Recorded before it is answered. */
const refusal = async (
  { audit }: AccessGate,
  { reason, credential, detail }: Unidentified,
): Promise<AppError> => {
  const refused = { operation: 'http.authenticate', credential: credential ?? 'unknown', namespace: '*' };
  await audit.refused(refused, 'UNAUTHENTICATED');
  const why = detail === undefined ? reason : `${reason} (${detail})`;
  return new AppError('UNAUTHENTICATED', `the credential is not valid: ${why}`);
};
