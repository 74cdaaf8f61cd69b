import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { sendLinkPage, sendReturnPage } from './pages.ts';

const pages = async () => {
  const app = fastify();
  app.get('/link', (_, reply) => sendLinkPage(reply, '/a?b=c'));
  app.get('/return', (_, reply) => sendReturnPage(reply, '/a?b="><script>'));
  const [link, back] = [await app.inject('/link'), await app.inject('/return')];
  return { link, back, script: /<script>([^]*)<\/script>/.exec(link.body)?.[1] ?? '' };
};

/** The script of the page of a link, in a browser that does as it is given here. */
const run = async (statuses: readonly number[]) => {
  const { script } = await pages();
  const requests: unknown[] = [];
  const shown: string[] = [];
  const left: string[] = [];
  const done = Promise.withResolvers<void>();
  const answers = [...statuses];
  runInNewContext(script, {
    location: {
      hash: '#sealed',
      pathname: '/login/link',
      search: '?x=1',
      replace: (to: string) => {
        shown.push(`goes on to ${to}`);
        done.resolve();
      },
    },
    history: { replaceState: (_: unknown, __: string, to: string) => left.push(to) },
    document: {
      body: { dataset: { return: '/a' } },
      querySelector: () => ({
        set textContent(text: string) {
          shown.push(text);
          done.resolve();
        },
      }),
    },
    fetch: async (path: string, init: RequestInit = {}) => {
      requests.push([init.method ?? 'GET', path, init.body]);
      const status = answers.shift();
      if (status === undefined) throw new TypeError('fetch failed');
      return Promise.resolve({ ok: status < 300, json: async () => ({ detail: 'why it is refused' }) });
    },
  });
  await done.promise;
  return { requests, shown, left };
};

describe('the page of a link', () => {
  it('runs its own script and nothing else, and no other page may frame it', async () => {
    const { link, script } = await pages();
    const hash = createHash('sha256').update(script).digest('base64');
    expect(link.headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'sha256-${hash}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  it('takes the link out of the address, begins a session with it, and goes on when the browser has the cookie', async () => {
    const { requests, shown, left } = await run([201, 200]);
    expect(left).toEqual(['/login/link?x=1']);
    expect(requests).toEqual([
      ['POST', '/api/v1/session', '{"link":"sealed"}'],
      ['GET', '/api/v1/session', undefined],
    ]);
    expect(shown).toEqual(['goes on to /a']);
  });

  it('says why it does not go on', async () => {
    expect((await run([401])).shown).toEqual(['why it is refused']);
    expect((await run([201, 401])).shown).toEqual([expect.stringContaining('did not keep the cookie')]);
    expect((await run([])).shown).toEqual(['The gateway does not answer.']);
  });
});

describe('the page after a login', () => {
  it('holds the path as a text', async () => {
    const { back } = await pages();
    expect(back.body).toContain('content="0;url=/a?b=&quot;&gt;&lt;script&gt;"');
    expect(back.headers['content-security-policy']).toMatch(/^default-src 'none'; base-uri/);
  });
});
