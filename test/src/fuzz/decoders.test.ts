import { generateKeyPairSync } from 'node:crypto';
import {
  ChainCheck,
  NO_MESSAGE,
  auditText,
  checkGrant,
  formatKey,
  parseKey,
  readAuditText,
} from '@precedent/access';
import {
  assignSchema,
  backupManifestSchema,
  bandTokenIn,
  callerIn,
  helloReplySchema,
  isNamespace,
  isTraceparent,
  leaderHeartbeatSchema,
  logChunkSchema,
  predictionsSchema,
  reportReplySchema,
  signalsSchema,
  tokenOwnerIn,
} from '@precedent/contracts';
import { Projection } from '@precedent/history';
import { TIME_MAX, readJson } from '@precedent/kernel';
import {
  checkTask,
  decodeExact,
  parseTasks,
  problemFromZod,
  readCalloutRequest,
  readEntry,
  readWorkerMessage,
} from '@precedent/nats';
import { sha256, sha256Hex } from '@precedent/ports';
import { isSignedHead } from '@precedent/processes';
import { SqliteHistory } from '@precedent/sqlite';
import { EntryChain, SnapshotScan, decodeRow, readEnvelope } from '@precedent/tasks';
import { fuzzDecoder } from '@precedent/testkit';
import type { FuzzedDecoder } from '@precedent/testkit';
import { beforeAll, describe, it } from 'vitest';
import type { z } from 'zod';
import { OPERATIONS, REQUESTS, nameOf } from '../access/roles.ts';
import { JOURNAL } from '../engine/options.ts';
import { aTask, world } from '../engine/world.ts';

const textOf = (input: Uint8Array): string => Buffer.from(input).toString();
const text = (decode: (text: string) => unknown) => (input: Uint8Array) => decode(textOf(input));
const json = (...values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value));

/** As a message is checked: exactly JSON, then its schema, then the words of what is wrong. */
const checked = (schema: z.ZodType) => (input: Uint8Array) => {
  const decoded = decodeExact(input);
  if ('problem' in decoded) return decoded.problem;
  const { error } = schema.safeParse(decoded.value);
  return error && problemFromZod(error, decoded.value, { code: 'INVALID_REQUEST' });
};

const TARGET = { namespace: 'acme', project: 'web', failed: 'a', completed: 'b', fresh: 'c', over: 'd' };
const PROBLEM = { code: 'HANDLER_FAILED', message: 'it threw', retryable: false, details: { a: 1 } };
const KEY = formatKey(new Uint8Array(8).fill(7), new Uint8Array(32).fill(9));
const GRANT = {
  id: 'g1',
  principal: 'ann',
  role: 'operator',
  namespace: 'acme',
  project: '*',
  highestBand: 'high',
  types: ['work'],
  criticalPerHour: 3,
  clearances: ['secret'],
  expiresAt: 1_800_000_000_000,
};
const STORED_KEY = { id: 'k1', principal: 'ann', kind: 'human', sha256: '0'.repeat(64), createdAt: 1 };
const SESSION = { session: 's1' };
const HELLO = {
  kind: 'hello',
  session: 's1',
  worker: 'w',
  version: '1',
  types: ['t'],
  pools: ['p'],
  labels: { a: 'b' },
  resources: { cpu: 1 },
  slots: 2,
  running: [['a', 1]],
};
const STEP = { kind: 'checkpoint', seq: 1, hash: 'a'.repeat(64), version: '1', bytes: 2, state: { n: 1 } };
const TASKS = json(
  {
    type: 'work',
    payload: { a: [1, 'b', null] },
    labels: { team: 'x' },
    band: 'high',
    retry: { max: 2, delay: '1s' },
  },
  [
    { command: 'true', args: ['-l'], env: { A: '1' }, timeouts: { attempt: '5m' } },
    { type: 'a.b', id: 'x' },
  ],
  {
    type: 't',
    resources: { cpu: 1, labels: { gpu: 'a' } },
    preemption: { mode: 'suspend' },
    expiresAt: '2027-01-01T00:00:00Z',
  },
);
const CALLOUT = {
  nats: {
    server_id: { id: 'N' },
    user_nkey: 'U',
    client_info: { host: '127.0.0.1' },
    connect_opts: { auth_token: KEY },
  },
};
const { publicKey } = generateKeyPairSync('ed25519');
const HEAD = {
  seq: 1,
  sha256: '0'.repeat(64),
  signature: 'AA',
  publicKey: publicKey.export({ format: 'jwk' }).x,
};
const AUDIT = [
  auditText({ prev: NO_MESSAGE, entries: [] }),
  JSON.stringify({ v: 1, prev: NO_MESSAGE, entries: [{ at: 1, service: 'engine', decision: 'allowed' }] }),
  JSON.stringify({ v: 1, prev: NO_MESSAGE, entries: [{ at: 1, service: 'engine', head: HEAD }] }),
];
const CREDENTIAL = 'k7f3';

/** What another program can send: over the wire, and as content of the bucket of keys. */
const WIRE: Readonly<Record<string, FuzzedDecoder>> = {
  'any JSON': { examples: TASKS, decode: text((each) => readJson(each)) },
  'submitted tasks': {
    examples: TASKS,
    decode: (input) => {
      const parsed = parseTasks(input);
      if ('tasks' in parsed) for (const task of parsed.tasks) checkTask(task, { bytes: input.length });
    },
  },
  'messages of workers': {
    examples: json(
      HELLO,
      {
        kind: 'heartbeat',
        ...SESSION,
        running: [['a', 1]],
        quiet: [['a', 1, 5]],
        suspended: [['a', 1, 'd']],
      },
      { kind: 'progress', ...SESSION, id: 'a', epoch: 1, fraction: 0.5, message: 'half' },
      {
        kind: 'report',
        ...SESSION,
        settled: [{ id: 'a', epoch: 1, outcome: 'completed', result: { n: 1 } }],
      },
      { kind: 'report', ...SESSION, settled: [{ id: 'a', epoch: 1, outcome: 'failed', error: PROBLEM }] },
      { kind: 'keep', ...SESSION, id: 'a', epoch: 1, step: STEP },
      { kind: 'keep', ...SESSION, id: 'a', epoch: 1, step: { kind: 'undo', seq: 1, name: 'n', payload: 1 } },
      { kind: 'atomic', ...SESSION, id: 'a', epoch: 1, maxMs: 5 },
      { kind: 'blocked', ...SESSION, ms: 5, tasks: [['a', 1]], place: 'f' },
      { kind: 'bye', ...SESSION },
    ),
    decode: readWorkerMessage,
  },
  assignments: {
    examples: json({ tasks: [{ id: 'a', epoch: 1, type: 't' }] }),
    decode: checked(assignSchema),
  },
  signals: {
    examples: json({ signals: [{ kind: 'cancel', id: 'a', epoch: 1 }] }),
    decode: checked(signalsSchema),
  },
  'answers to hello': {
    examples: json({ ok: true, leaseMs: 1_000, heartbeatMs: 100, keep: [['a', 1]] }),
    decode: checked(helloReplySchema),
  },
  'answers to reports': {
    examples: json({ ok: true, refused: [['a', 1]] }),
    decode: checked(reportReplySchema),
  },
  'leader heartbeats': { examples: json({ epoch: 3 }), decode: checked(leaderHeartbeatSchema) },
  'output of tasks': {
    examples: json({ at: 1, stream: 'stdout', text: 'a\u001b[2J', attempt: 1, seq: 2 }),
    decode: checked(logChunkSchema),
  },
  predictions: {
    examples: json({ predictions: [{ id: 'a', p50: 1, p90: 2 }] }),
    decode: checked(predictionsSchema),
  },
  'backup manifests': {
    examples: json({ v: 1, files: [{ path: 'a', bytes: 1, sha256: 'b' }] }),
    decode: checked(backupManifestSchema),
  },
  'subjects of callers': {
    examples: [
      `precedent.v1.ns.acme.task.get.${CREDENTIAL}`,
      `precedent.v1.ns.*.submit.low.${CREDENTIAL}`,
      'precedent.v1.submit.low',
    ],
    decode: text((subject) => [
      callerIn(subject),
      bandTokenIn(subject),
      isNamespace(callerIn(subject)?.namespace ?? ''),
    ]),
  },
  'tokens of providers': {
    examples: [`e30.${Buffer.from('{"iss":"https://a.example","sub":"ann"}').toString('base64url')}.c2ln`],
    decode: text(tokenOwnerIn),
  },
  keys: { examples: [KEY], decode: text(parseKey) },
  'trace contexts': {
    examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    decode: text(isTraceparent),
  },
  'requests of the callout': {
    examples: [`h.${Buffer.from(JSON.stringify(CALLOUT)).toString('base64url')}.s`, ...json(CALLOUT)],
    decode: text((each) => [
      readCalloutRequest(each),
      readCalloutRequest(`h.${Buffer.from(each).toString('base64url')}.s`),
    ]),
  },
  'keys and grants of the bucket': {
    examples: json(GRANT, STORED_KEY),
    decode: (value) => [
      checkGrant(readJson(textOf(value))?.value),
      readEntry({ name: 'key.k1', value, isRemoved: false }),
      readEntry({ name: 'grant.g1', value, isRemoved: false }),
      readEntry({ name: textOf(value), value, isRemoved: false }),
    ],
  },
  'messages of the audit trail': {
    examples: AUDIT,
    decode: text((each) => {
      const check = new ChainCheck({ sha256: sha256Hex, isSigned: isSignedHead });
      for (const seq of [1, 2]) check.add({ seq, text: each });
      return [readAuditText(each), check.verdict(3)];
    }),
  },
};

describe('a decoder of the wire survives what is nearly valid', () => {
  it.each(Object.entries(WIRE))('%s', (_, decoder) => fuzzDecoder(decoder));

  it.each(OPERATIONS.map((operation) => [nameOf(operation), operation] as const))(
    'requests of %s',
    (name, { request }) => {
      const examples = json(REQUESTS[name as keyof typeof REQUESTS](TARGET), {
        namespace: 'acme',
        limit: 5,
        cursor: 'a',
      });
      fuzzDecoder({ examples, decode: checked(request) });
    },
  );
});

describe('a reader of stored data survives what is nearly valid', () => {
  let entries: readonly string[];
  let snapshots: readonly string[];
  beforeAll(async () => {
    const w = await world({ journal: { ...JOURNAL, retentionMs: 3_600_000 } });
    const worker = await w.worker({ slots: 3 });
    await w.submit(
      aTask({ id: 'a', labels: { team: 'x' } }),
      aTask({ id: 'b' }),
      aTask({ id: 'c', retry: { max: 1 } }),
    );
    await worker.complete('a', { n: 1 });
    await worker.fail('c');
    await w.ask((api, reply) => api.workers.recordStep(worker.session, ['b', 1], STEP as never, reply));
    await w.delete('a');
    const taken = w.engine.cell?.snapshots.take();
    await w.advance(1_000);
    await taken;
    entries = w.journal.entries.map((entry) => entry.text);
    snapshots = w.snapshots.entries.map((entry) => entry.text);
  });

  it('entries of the journal, with and without their seal', () => {
    fuzzDecoder({
      examples: entries,
      decode: text((each) => {
        new EntryChain(sha256).take({ seq: 1, text: each });
        return readEnvelope({ seq: 1, text: each });
      }),
    });
  });

  it('records of the journal in the fold of the history', () => {
    const store = new SqliteHistory(':memory:');
    let projection = new Projection(store, { namespace: 'n', project: 'p' });
    fuzzDecoder({
      examples: entries,
      decode: text((each) => {
        const seq = projection.position.seq + 1;
        try {
          projection.fold({ seq, at: 1, text: each });
          projection.take();
        } catch (error) {
          projection = new Projection(store, { namespace: 'n', project: 'p' });
          throw error;
        }
      }),
    });
    store.close();
  });

  it('entries of snapshots, and the rows in them', () => {
    fuzzDecoder({
      examples: snapshots,
      decode: text((each) => {
        const scan = new SnapshotScan(sha256);
        const [begin = ''] = snapshots;
        scan.take({ seq: 1, text: begin });
        const entry = scan.take({ seq: 2, text: each });
        if (entry?.kind !== 'rows') return;
        for (const tuple of entry.rows) {
          const kind = entry.classes[tuple[1]];
          if (kind) decodeRow(tuple, kind);
        }
      }),
    });
  });

  it('cursors of the history', () => {
    const store = new SqliteHistory(':memory:');
    fuzzDecoder({
      examples: [Buffer.from(JSON.stringify([TIME_MAX, 5])).toString('base64url')],
      decode: text((cursor) => [store.list({ limit: 5, cursor }), store.operations({ limit: 5, cursor })]),
    });
    store.close();
  });

  it('words that the history is searched for', () => {
    const store = new SqliteHistory(':memory:');
    fuzzDecoder({
      examples: ['import "orders" AND x* OR (y NEAR z)', 'größe: -a ^b {c d}: e'],
      decode: text((words) => [store.search(words, { limit: 5 }), store.list({ limit: 5, text: words })]),
    });
    store.close();
  });
});
