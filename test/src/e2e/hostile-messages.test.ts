import { LIMITS, streamsOf, subjectsOf } from '@precedent/contracts';
import type { Child } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { historyWorld } from '../history/history-world.ts';
import type { HistoryWorld } from '../history/history-world.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };

const nested = (levels: number, core = ''): string => '['.repeat(levels) + core + ']'.repeat(levels);
const objects = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

/** Hostile values as JSON text. */
const VALUES: Readonly<Record<string, string>> = {
  'a list nested a little': nested(200),
  'a list nested more than allowed': nested(LIMITS.depth + 50),
  'a list nested beyond any stack': nested(20_000),
  'an object nested beyond any stack': objects(20_000),
  'a long text': `"${'x'.repeat(70_000)}"`,
  'a long number': '9'.repeat(10_000),
  'a number that no double holds': '12345678901234567890',
  'a number that is infinite': '1e999',
  'half of a character': String.raw`"x \ud83d"`,
  'a key that sets a prototype': '{"__proto__":{"a":1},"constructor":{"prototype":1}}',
  'many keys': `{${Array.from({ length: 500 }, (_, i) => `"k${i}":1`).join(',')}}`,
  'many elements': `[${Array.from({ length: 5_000 }, () => '{}').join(',')}]`,
  'a control character': String.raw`"\u0000\u001b[2J"`,
};

/** Those that are tried in each field of each endpoint. */
const IN_FIELDS = [
  'a list nested a little',
  'a list nested more than allowed',
  'a number that is infinite',
  'half of a character',
  'a key that sets a prototype',
  'many keys',
].map((name) => VALUES[name] ?? '');

const WHOLE: readonly (string | Uint8Array)[] = [
  '{',
  'null',
  '[]',
  '7',
  '"text"',
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
  Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22]),
  '\ufeff{}x',
  ...Object.values(VALUES),
];

interface Endpoint {
  readonly subject: string;
  readonly metadata?: { readonly schema?: string } | null;
}

describe('hostile messages', () => {
  let made: HistoryWorld;
  let programs: readonly Child[] = [];
  beforeAll(async () => {
    made = await historyWorld();
    const history = await made.startHistory();
    const vectorizer = await made.world.startVectorizer();
    programs = [history, vectorizer];
    await vi.waitFor(() => made.world.client.search.status(), PATIENCE);
  }, 180_000);
  afterAll(async () => made[Symbol.asyncDispose]());

  const ended: string[] = [];
  const watch = (): void => {
    for (const { name, exited } of programs) void exited.then(({ code }) => ended.push(`${name}: ${code}`));
  };

  /** Everything that answers still does, and a task still runs. */
  const allWell = async (): Promise<void> => {
    const { client } = made.world;
    expect((await client.status()).state).toBe('running');
    expect((await client.history.status()).state).toBeDefined();
    expect((await client.search.status()).freshness).toBeDefined();
    const { id } = await client.submit({ type: 'noop', payload: { n: 1 } });
    expect((await client.wait(id)).state).toBe('completed');
    expect(ended).toEqual([]);
  };

  const endpoints = async (): Promise<readonly Endpoint[]> => {
    const { link } = made.world.client;
    const services = ['precedent-engine', 'precedent-submit', 'precedent-history', 'precedent-search'];
    const infos = await Promise.all(
      services.map(async (name) =>
        (await link.request(`$SRV.INFO.${name}`, '')).json<{ endpoints: Endpoint[] }>(),
      ),
    );
    return infos.flatMap((info) => info.endpoints);
  };

  const fieldsOf = ({ metadata }: Endpoint): readonly string[] => {
    const schema = JSON.parse(metadata?.schema || '{}') as { properties?: object };
    return [
      ...Object.keys(schema.properties ?? { type: 0, payload: 0, labels: 0, env: 0, name: 0 }),
      'another',
    ];
  };

  it('are refused by every endpoint of every service, in each of its fields', async () => {
    watch();
    const { link } = made.world.client;
    const answerOf = async (subject: string, text: string | Uint8Array): Promise<string> => {
      const answer = await link.request(subject, text, { timeout: 30_000 });
      return answer.string();
    };
    const all = await endpoints();
    expect(all.length).toBeGreaterThan(30);
    for (const endpoint of all) {
      const subject = endpoint.subject.replace('*', 'normal');
      const bodies = fieldsOf(endpoint).flatMap((field) => IN_FIELDS.map((value) => `{"${field}":${value}}`));
      await Promise.all(
        [...WHOLE, ...bodies].map(async (body) => {
          const what = `${subject} ${String(body).slice(0, 60)}`;
          const answer = await answerOf(subject, body);
          expect(answer.length, what).toBeLessThan(8_192);
          // A list of reads is answered with a line for each, which is empty for a refusal.
          const lines = answer.split('\n').filter((line) => line !== '');
          expect(lines.length > 0 || String(body).startsWith('['), what).toBe(true);
          for (const line of lines) expect(JSON.parse(line), what).toBeDefined();
        }),
      );
    }
    await allWell();
  }, 300_000);

  it('are answered or ignored by every other subscriber', async () => {
    const { client } = made.world;
    const { link } = client;
    const s = subjectsOf();
    const kinds = ['hello', 'heartbeat', 'progress', 'keep', 'atomic', 'load', 'report', 'draining', 'bye'];
    const fields = [
      'session',
      'id',
      'epoch',
      'running',
      'quiet',
      'suspended',
      'settled',
      'step',
      'labels',
      'worker',
    ];
    const messages = kinds.flatMap((kind) =>
      fields.flatMap((field) =>
        Object.values(VALUES).map((value) => `{"kind":"${kind}","session":"s1","${field}":${value}}`),
      ),
    );
    for (const text of messages) link.publish(s.report('main'), text);
    for (const subject of [
      s.predictions('main'),
      s.leaderHeartbeat('main'),
      s.events('default.default.noop.completed'),
    ])
      for (const text of WHOLE) link.publish(subject, text);
    await link.flush();
    await allWell();
  }, 120_000);

  it('are recorded as rejected when they are dropped, one by one', async () => {
    const { client } = made.world;
    const { link } = client;
    const s = subjectsOf();
    const bodies = [
      ...WHOLE,
      ...Object.values(VALUES).map((value) => `{"type":"noop","payload":1,"labels":${value}}`),
    ];
    for (const text of bodies) await link.request(s.drop('normal'), text, { timeout: 10_000 });
    await vi.waitFor(async () => {
      const info = (await link.request(`$JS.API.STREAM.INFO.${streamsOf().tasks}`, '')).json<{
        state: { messages: number };
      }>();
      expect(info.state.messages).toBe(0);
    }, PATIENCE);
    await allWell();
  }, 120_000);
});
