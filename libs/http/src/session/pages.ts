import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { escaped } from '../escaped.ts';

/** Begins the session of a link: what is behind "#" reaches no server and no Referer, and leaves the address at once. */
const SCRIPT = `
const link = location.hash.slice(1);
history.replaceState(null, '', location.pathname + location.search);
const show = (text) => { document.querySelector('p').textContent = text; };
const begin = async () => {
  const headers = { 'content-type': 'application/json' };
  const begun = await fetch('/api/v1/session', { method: 'POST', headers, body: JSON.stringify({ link }) });
  if (!begun.ok) return show((await begun.json()).detail);
  if (!(await fetch('/api/v1/session')).ok)
    return show('This browser did not keep the cookie of the session. Safari keeps none of http pages of this machine: use another browser, or https (gateway.tls).');
  location.replace(document.body.dataset.return);
};
begin().catch(() => show('The gateway does not answer.'));
`;

const policyWith = (...more: readonly string[]): string =>
  ["default-src 'none'", ...more, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );

const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64');

/** Of every answer about a login: its address, and what it sets, are for one browser. */
export const LOGIN_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const send = (reply: FastifyReply, policy: string, html: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .headers({ ...LOGIN_HEADERS, 'content-security-policy': policy, 'x-content-type-options': 'nosniff' })
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Precedent</title>${html}</html>`,
    );

/** The page that a link opens. It goes on to `returnTo`. */
export const sendLinkPage = (reply: FastifyReply, returnTo: string): FastifyReply =>
  send(
    reply,
    policyWith(`script-src 'sha256-${SCRIPT_HASH}'`, "connect-src 'self'"),
    `</head><body data-return="${escaped(returnTo)}"><p>Logging in …</p><script>${SCRIPT}</script></body>`,
  );

/** The page after a login. A redirect would be of the site of the provider, for which the browser sends no cookie of ours. */
export const sendReturnPage = (reply: FastifyReply, returnTo: string): FastifyReply =>
  send(
    reply,
    policyWith(),
    `<meta http-equiv="refresh" content="0;url=${escaped(returnTo)}"></head><body><p><a href="${escaped(returnTo)}">Go on</a></p></body>`,
  );
