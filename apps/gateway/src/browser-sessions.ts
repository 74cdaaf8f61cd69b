import type { Config } from '@precedent/config';
import { loginProvider } from '@precedent/oidc';
import { textSeal } from '@precedent/ports';

/** Sessions of browsers. Two cells that have a secret in common take none of each other. */
export const browserSessions = ({ access, cell, gateway, root }: Config, secret: string) => ({
  seal: textSeal(secret, `session ${root} ${cell}`),
  // Where access is open there is one key for everybody, and no token counts.
  providers: access.required
    ? access.issuers.map(({ issuer, audience }) => loginProvider({ issuer, clientId: audience }))
    : [],
  maxMs: gateway.sessionMax,
  now: Date.now,
});
