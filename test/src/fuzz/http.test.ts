import { connect } from 'node:net';
import { openHttpServer } from '@precedent/http';
import { seededRandom, settlesWithin } from '@precedent/kernel';
import { textSeal } from '@precedent/ports';
import type { OperationCall } from '@precedent/ports';
import { FUZZ_INPUTS, FUZZ_SEED, mutant } from '@precedent/testkit';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const CONNECTIONS = 32;
/** From the last byte of a request to the first of its answer. Milliseconds; a slow machine takes a hundredth of it. */
const HANG_MS = 10_000;

const HEAD = ['host: localhost', `authorization: Bearer ${TEST_KEY}`];
const SEARCH = '/api/v1/history/tasks?state=failed,queued&labels=%7B%22a%22%3A%22b%22%7D&limit=5&cursor=abc';

const sent = (line: string, type?: string, body = ''): Buffer => {
  const headers = type === undefined ? [] : [`content-type: ${type}`, `content-length: ${body.length}`];
  return Buffer.from([`${line} HTTP/1.1`, ...HEAD, ...headers, '', body].join('\r\n'));
};

/** One request for each way in which requests are read. */
const EXAMPLES: readonly Buffer[] = [
  sent('POST /api/v1/tasks?band=low', 'application/json', '{"type":"t","payload":{"a":[1,2.5,"x"]}}'),
  sent('POST /api/v1/tasks', 'application/json', '[{"type":"t"},{"command":"echo","args":["a"]}]'),
  sent('POST /api/v1/tasks', 'application/x-ndjson', '{"type":"a"}\n{"type":"b"}\n'),
  sent('GET /api/v1/tasks/t-1?namespace=acme'),
  sent(`GET ${SEARCH}`),
  sent('POST /api/v1/tasks/t-1/cancel', 'application/json', '{"reason":"wrong"}'),
  sent('DELETE /api/v1/tasks/t-1?namespace=acme'),
  sent('GET /api/v1/tasks/t-1/logs?after=3'),
  sent('POST /api/v1/search', 'application/json', '{"text":"what failed"}'),
  Buffer.from(
    `POST /api/v1/search HTTP/1.1\r\n${HEAD.join('\r\n')}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ),
  Buffer.from(
    `GET /api/v1/tasks/t HTTP/1.1\r\n${HEAD.join('\r\n')}\r\nif-none-match: "a", W/"b"\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n`,
  ),
];

const sessionSeal = textSeal('secret', 'session');
const COOKIE = `cookie: __Host-precedent=${sessionSeal.seal(JSON.stringify({ token: TEST_KEY, endsAt: 9e15 }), 'session')}`;
const OWN_PAGE = ['host: localhost', 'origin: http://localhost', 'sec-fetch-site: same-origin', COOKIE];

/** As a browser sends it. */
const ofPage = (line: string, body = ''): Buffer =>
  Buffer.from(
    [
      `${line} HTTP/1.1`,
      ...OWN_PAGE,
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  );

const SESSION_EXAMPLES: readonly Buffer[] = [
  ofPage('POST /api/v1/tasks/t-1/cancel', '{"reason":"wrong"}'),
  ofPage('GET /api/v1/session'),
  ofPage('POST /api/v1/session', '{"link":"abc"}'),
  ofPage('DELETE /api/v1/session'),
  ofPage('GET /login?return=/api/v1/docs'),
  ofPage('GET /login/callback?code=c&state=s&iss=http://localhost'),
];

const ACCEPTED = { id: 't', seq: 1 };

/** What a service would answer, in its shape. */
const answer = ({ group, request }: OperationCall): unknown => {
  if (group !== 'submit') return { tasks: [], chunks: [], events: [] };
  return Array.isArray(request) ? request.map(() => ACCEPTED) : ACCEPTED;
};

/** The status of the first answer; `undefined` where the connection was ended without one. */
const statusFor = (port: number, bytes: Uint8Array): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const end = (status?: number): void => {
      socket.destroy();
      resolve(status);
    };
    socket.on('error', () => undefined);
    socket.once('data', (text: Buffer) =>
      end(Number(/^HTTP\/1\.1 (\d+)/.exec(text.toString('latin1'))?.[1])),
    );
    socket.once('close', () => end());
    socket.end(bytes);
  });

describe('bytes that are nearly requests over HTTP', () => {
  it('are answered or refused at once, and none is our fault', { timeout: 900_000 }, async () => {
    const { options, faults } = testListener(answer);
    const server = await openHttpServer({
      ...options,
      events: { events: async function* () {} },
      health: { problem: () => undefined },
      sessions: { seal: sessionSeal, providers: [], maxMs: 3_600_000, now: Date.now },
    });
    onTestFinished(() => server.close());
    const port = Number(new URL(server.url).port);
    const random = seededRandom(FUZZ_SEED);
    const statuses = new Map<number | undefined, number>();
    let left = FUZZ_INPUTS;
    const sendMany = async (): Promise<void> => {
      while (left-- > 0) {
        const input = mutant(random, [...EXAMPLES, ...SESSION_EXAMPLES]);
        const answered = statusFor(port, input);
        const shown = JSON.stringify(Buffer.from(input).toString('latin1').slice(0, 2_000));
        if (!(await settlesWithin(answered, HANG_MS))) throw new Error(`no answer to ${shown}`);
        const status = await answered;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 500) throw new Error(`500 for ${shown}: ${JSON.stringify(faults)}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendMany));
    expect(faults).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(0);
    expect(statuses.get(400)).toBeGreaterThan(0);
    for (const example of [...EXAMPLES.slice(0, 4), ...SESSION_EXAMPLES.slice(0, 2)])
      expect(await statusFor(port, example)).toBeLessThan(300);
  });
});
