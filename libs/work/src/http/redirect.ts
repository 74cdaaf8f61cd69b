import type { OutboundRequest } from '@precedent/outbound';

/** One request of a call: the first one, or one that follows a redirect. */
export interface Hop extends OutboundRequest {
  /** Names of headers that hold a secret of the worker. */
  readonly secretHeaders: readonly string[];
  /** Whether the body holds one. */
  readonly hasSecretBody: boolean;
}

const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
const ABOUT_BODY = ['content-type', 'content-encoding', 'content-language', 'content-location'];

/**
 * The request that follows a redirect, as browsers and `fetch` do it: 303, and 301 and 302 after a POST, become a GET without
 * body; credentials and secrets do not travel to another origin. `undefined` when the location is no URL, or a secret in the body would.
 */
export const followed = (hop: Hop, status: number, location: string): Hop | undefined => {
  const url = URL.parse(location, hop.url.href);
  if (url === null) return undefined;
  const toGet =
    (status === 303 && hop.method !== 'HEAD') ||
    ((status === 301 || status === 302) && hop.method === 'POST');
  const isForeign = url.origin !== hop.url.origin;
  if (isForeign && !toGet && hop.hasSecretBody) return undefined;
  const dropped = [
    ...(isForeign ? [...CREDENTIALS, ...hop.secretHeaders] : []),
    ...(toGet ? ABOUT_BODY : []),
  ];
  return {
    ...hop,
    method: toGet ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !dropped.includes(name))),
    body: toGet ? undefined : hop.body,
    hasSecretBody: hop.hasSecretBody && !toGet,
  };
};
