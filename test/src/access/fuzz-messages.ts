import { BANDS } from '@precedent/kernel';
import type { SeededRandom } from '@precedent/kernel';
import { inboxPrefixOf } from '@precedent/contracts';
import { mutant } from '@precedent/testkit';
import { foreignPublishes, foreignSubscriptions } from './foreign-subjects.ts';
import { OPERATIONS, REQUESTS, nameOf } from './roles.ts';

/** What an attacker knows who has one tenant's key and our source code. */
export interface Attack {
  readonly random: SeededRandom;
  readonly root: string;
  /** The credential of the attacker, whose namespace is `beta`. */
  readonly own: string;
  /** The credential of the tenant that is attacked, whose namespace is `acme`. */
  readonly foreign: string;
  /** Ids of tasks of the attacked tenant that the attacker has guessed. */
  readonly ids: readonly string[];
  /** The session of the worker. */
  readonly session: string;
}

/** One operation of the protocol of NATS, as bytes. */
export const attack = (one: Attack): Uint8Array => {
  const { random } = one;
  if (random.chance(0.03)) return subscription(one);
  const subject = random.chance(0.75) ? ownSubject(one) : foreignSubject(one);
  const reply = random.chance(0.7) ? `${inboxPrefixOf(one.own)}.r` : foreignReply(one);
  const headers = random.chance(0.2) ? headersOf(one) : '';
  return message({ subject, reply, headers, body: bodyOf(one, subject) });
};

interface Message {
  readonly subject: string;
  readonly reply: string;
  readonly headers: string;
  readonly body: Uint8Array;
}

const message = ({ subject, reply, headers, body }: Message): Uint8Array => {
  const head = headers === '' ? '' : `NATS/1.0\r\n${headers}\r\n\r\n`;
  const sizes = head === '' ? `${body.length}` : `${head.length} ${head.length + body.length}`;
  const line = `${head === '' ? 'PUB' : 'HPUB'} ${subject} ${reply} ${sizes}\r\n${head}`;
  return Buffer.concat([Buffer.from(line), body, Buffer.from('\r\n')]);
};

let sid = 1;

const subscription = (one: Attack): Uint8Array => {
  const subjects = foreignSubscriptions(tenantsOf(one));
  const queue = one.random.chance(0.5) ? ` ${one.random.pick(['engine', 'q', 'precedent-access'])}` : '';
  sid += 1;
  return Buffer.from(`SUB ${altered(one, one.random.pick(subjects))}${queue} ${sid}\r\n`);
};

const tenantsOf = ({ root, own, foreign }: Attack) => ({ root, own, other: foreign });

/** One that the server lets the attacker publish to, or nearly. */
const ownSubject = (one: Attack): string => {
  const { random, root, own } = one;
  const rest = random.chance(0.2)
    ? `${random.pick(['submit', 'tasks'])}.${random.pick(BANDS)}`
    : nameOf(random.pick(OPERATIONS)).replace('submit.submit', 'submit.low');
  const subject = `${root}.ns.beta.${rest}.${own}`;
  return random.chance(0.1) ? altered(one, subject) : subject;
};

const foreignSubject = (one: Attack): string => {
  const { random, root, own, foreign, session } = one;
  const named = nameOf(random.pick(OPERATIONS));
  const subjects = [
    ...foreignPublishes(tenantsOf(one)),
    `${root}.ns.acme.${named}.${own}`,
    `${root}.ns.acme.${named}.${foreign}`,
    `${root}.ns.beta.${named}.${foreign}`,
    `${root}.ns.*.${named}.${own}`,
    `${root}.${named}`,
    `${root}.cell.main.report.${own}`,
    `${root}.worker.${session}.assign`,
    `${root}.worker.${session}.signal`,
    `${root}.logs.${random.pick(one.ids)}`,
    `${root}.memory`,
    `${root}.audit`,
    `${inboxPrefixOf(foreign)}.r`,
  ];
  const subject = random.pick(subjects);
  return random.chance(0.3) ? altered(one, subject) : subject;
};

/** Another token somewhere, one more or one less. */
const altered = ({ random, own, foreign }: Attack, subject: string): string => {
  const tokens = subject.split('.');
  const at = random.int(0, tokens.length - 1);
  const token = random.pick([
    '*',
    '>',
    'acme',
    'beta',
    'default',
    'ns',
    own,
    foreign,
    '$JS',
    'x'.repeat(300),
  ]);
  return tokens.toSpliced(at, random.int(0, 1), ...(random.chance(0.8) ? [token] : [])).join('.') || 'x';
};

const foreignReply = (one: Attack): string => {
  const { random, root, foreign } = one;
  const reply = random.pick([
    '',
    `${inboxPrefixOf(foreign)}.r`,
    '$KV.PRECEDENT_ACCESS.key.x',
    '$JS.API.STREAM.PURGE.PRECEDENT_TASKS',
    '$JS.API.STREAM.DELETE.JOURNAL_main',
    `${root}.ns.acme.task.cancel.${foreign}`,
    `${root}.task.list`,
    `${root}.journal.main`,
    `${root}.cell.main.report`,
    `${root}.events.acme.web.work.completed`,
  ]);
  return reply;
};

const HEADERS = [
  'Nats-Msg-Id',
  'Nats-Expected-Last-Sequence',
  'Nats-Expected-Stream',
  'Nats-Rollup',
  'Nats-TTL',
  'Nats-Request-Info',
  'Nats-Service-Error-Code',
  'KV-Operation',
  'Status',
  'traceparent',
  'tracestate',
];

const headersOf = ({ random, ids, foreign }: Attack): string =>
  Array.from({ length: random.int(1, 3) }, () => {
    const value = random.pick([
      random.pick(ids),
      '0',
      'sub',
      'PURGE',
      '503',
      `{"acc":"PRECEDENT","user":"${foreign}"}`,
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    ]);
    return `${random.pick(HEADERS)}: ${value}`;
  }).join('\r\n');

const bodyOf = (one: Attack, subject: string): Uint8Array => {
  const { random } = one;
  const examples = [validBody(one, subject), workerMessage(one)].map((each) =>
    Buffer.from(JSON.stringify(each)),
  );
  const [valid, worker] = examples;
  if (valid === undefined || worker === undefined || random.chance(0.25)) return mutant(random, examples);
  return random.chance(0.9) ? valid : worker;
};

/** The request of the operation of a subject, about tasks of the other tenant, with forged fields. */
const validBody = ({ random, ids }: Attack, subject: string): object => {
  const id = random.pick(ids);
  const target = {
    namespace: 'beta',
    project: 'web',
    failed: id,
    completed: random.pick(ids),
    fresh: id,
    over: id,
  };
  const named = OPERATIONS.find((one) => subject.includes(`.${nameOf(one)}.`)) ?? OPERATIONS[0];
  const request = named === undefined ? {} : REQUESTS[nameOf(named) as keyof typeof REQUESTS](target);
  return random.chance(0.5) ? request : { ...request, ...random.pick(FORGED) };
};

const FORGED: readonly object[] = [
  { namespace: 'acme' },
  { namespace: '*' },
  { namespace: 'beta' },
  { projects: ['web', '*'] },
  { project: '*' },
  { by: 'ann', submittedBy: 'ann', principal: 'ann' },
  { scope: { namespace: '*', projects: '*', clearances: '*' } },
  { forgotten: true },
  { idPrefix: 'acme--' },
  { cursor: '0.9999999999999.0' },
  { text: 'acme' },
  { worker: 'of-the-cell' },
  { labels: { team: 'acme' } },
  { since: 0, until: 9_999_999_999_999, bucketMs: 1_000 },
  { timeoutMs: 0 },
  { idempotencyKey: 'of-acme' },
  { id: 'acme--new' },
];

const workerMessage = ({ random, ids, session }: Attack): object =>
  random.pick<object>([
    {
      kind: 'report',
      session,
      settled: [{ id: random.pick(ids), epoch: 1, outcome: 'completed', result: 'forged' }],
    },
    { kind: 'heartbeat', session, running: [[random.pick(ids), 1]] },
    { kind: 'bye', session },
    {
      kind: 'hello',
      session,
      worker: 'of-the-cell',
      version: '1',
      types: ['work'],
      pools: ['default'],
      labels: {},
      resources: {},
      slots: 9,
      running: [],
    },
  ]);
