import {
  callerSubjectsOf,
  inboxPrefixOf,
  DEFAULT_ROOT,
  LIMITS,
  assignSchema,
  atomicSchema,
  blockedSchema,
  byeSchema,
  drainingSchema,
  heartbeatSchema,
  helloReplySchema,
  helloSchema,
  leaseStepSchema,
  leaderHeartbeatSchema,
  loadSchema,
  logChunkSchema,
  progressSchema,
  reportReplySchema,
  reportSchema,
  signalsSchema,
  streamsOf,
  subjectsOf,
} from '@precedent/contracts';
import { catalogue } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { GENERATED, page, table } from './markdown.ts';
import { code, fieldTable } from './schema-table.ts';
import type { Schema } from './schema-table.ts';
import { WORKER_EXAMPLES } from './worker-protocol.examples.ts';

type Example = keyof typeof WORKER_EXAMPLES;

/** The schema of each message of the worker protocol, by the name of its example. */
export const WORKER_SCHEMAS = {
  hello: helloSchema,
  helloReply: helloReplySchema,
  heartbeat: heartbeatSchema,
  blocked: blockedSchema,
  assign: assignSchema,
  signals: signalsSchema,
  progress: progressSchema,
  keep: leaseStepSchema,
  report: reportSchema,
  reportReply: reportReplySchema,
  atomic: atomicSchema,
  load: loadSchema,
  draining: drainingSchema,
  bye: byeSchema,
  leaderHeartbeat: leaderHeartbeatSchema,
  log: logChunkSchema,
} as const satisfies Record<Example, object>;

const subjects = subjectsOf(DEFAULT_ROOT);
const streams = streamsOf(DEFAULT_ROOT);

/** What a worker in any language needs to know, from the schemas, the subjects and the limits themselves. */
export const workerProtocolPage = (): string =>
  page(
    '# The worker protocol',
    GENERATED,
    INTRODUCTION,
    '## Subjects',
    subjectTable(),
    SUBJECTS,
    KEYED,
    keyedTable(),
    '## A session',
    SESSION,
    message('hello', 'Request. The worker introduces itself.'),
    message('helloReply', 'The answer to hello, or `{"error": …}`.'),
    message('heartbeat', 'Not answered. Lists every lease that the worker holds, the suspended ones too.'),
    message(
      'blocked',
      'Not answered. In place of the heartbeat, from another thread, while code of a handler keeps the worker from sending one: its leases go on, and it gets no new ones. Repeat it once a second, over a connection that subscribes to the `assign` subject of the session too.',
    ),
    message('leaderHeartbeat', 'From the engine, about once a second, to all workers of the cell.'),
    '## Running a task',
    RUNNING,
    message('assign', 'From the engine. Tasks to run; more than one where several slots are free.'),
    message('progress', 'Not answered; send at most ten a second for a lease.'),
    message('report', 'Request. How leases ended; up to 500 in a message is reasonable.'),
    message('reportReply', 'The answer to a report, after the commit.'),
    OUTCOMES,
    message(
      'log',
      `Published to \`${subjects.log('<task>')}\` as a JetStream message; the output of the attempt.`,
    ),
    '## Signals',
    SIGNALS,
    message('signals', 'From the engine. Several may come in one message; obey them in their order.'),
    '## Checkpoints and rollback actions',
    CHECKPOINTS,
    message(
      'keep',
      'Request. A step of a lease that survives it; answered with `{"ok": true}` after the commit, or `{"error": …}`.',
    ),
    message(
      'atomic',
      'Not answered. The code of the lease must not be cut for `maxMs`; 0: it may be cut again.',
    ),
    '## The machine, and the end of a session',
    ENDING,
    message('load', 'Not answered. Optional: a worker that sends none can fill all its slots.'),
    message('draining', 'Not answered. The worker takes no new work; what runs goes on.'),
    message('bye', 'Request, answered with `{"ok": true}`. The leases of the session end at once.'),
    '## Retries and errors',
    RETRIES,
    errorTable(),
    '## Limits',
    limitTable(),
    '## A complete worker',
    'A worker in Python, written from this page alone, is `examples/python-worker/worker.py`. A test runs it against the engine.',
  );

const message = (name: Example, what: string): string => {
  const { title = name, ...json } = WORKER_SCHEMAS[name].toJSONSchema({
    io: 'input',
    unrepresentable: 'any',
  });
  return [
    `### ${title}`,
    what,
    fieldTable(json as Schema),
    ...variants(json as Schema),
    `\`\`\`json\n${JSON.stringify(WORKER_EXAMPLES[name], null, 2)}\n\`\`\``,
  ].join('\n\n');
};

/** A field that has one of several forms: a table for each of them. */
const variants = ({ properties = {} }: Schema): string[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const { oneOf = [] } = schema.items ?? schema;
    const place = schema.items === undefined ? name : `${name}[]`;
    return oneOf.flatMap((form) => {
      const kind = JSON.stringify(form.properties?.['kind']?.const);
      return [`${code(place)} of kind ${code(kind)}:`, fieldTable(form)];
    });
  });

const subjectTable = (): string =>
  table(
    ['subject', 'from', 'to', 'kind'],
    [
      [
        code(subjects.report('<cell>')),
        'worker',
        'engine',
        'hello, report, keep, bye: request; all others: publish',
      ],
      [code(subjects.assign('<session>')), 'engine', 'worker', 'publish'],
      [code(subjects.signal('<session>')), 'engine', 'worker', 'publish'],
      [code(subjects.leaderHeartbeat('<cell>')), 'engine', 'all workers of the cell', 'publish'],
      [code(subjects.log('<task>')), 'worker', `stream ${code(streams.logs)}`, 'JetStream publish'],
      [
        code(streams.blobs),
        'worker',
        'object store',
        'states of checkpoints that are too large for a message',
      ],
    ],
  );

const keyed = callerSubjectsOf(DEFAULT_ROOT, { namespace: '*', credential: '<key>' });

/** Where access is required: what differs for a worker with a key. */
const keyedTable = (): string =>
  table(
    ['instead of', 'with a key'],
    [
      [code(subjects.report('<cell>')), code(keyed.report('<cell>'))],
      [code(subjects.assign('<session>')), code(keyed.assign('<session>'))],
      [code(subjects.signal('<session>')), code(keyed.signal('<session>'))],
      [code(subjects.output('<cell>', '<task>')), code(keyed.output('<cell>', '<task>'))],
      ['`_INBOX.>` for answers', code(`${inboxPrefixOf('<key>')}.>`)],
      [code(streams.blobs), 'none: states of checkpoints must fit into a message'],
    ],
  );

const ERRORS: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'STALE_EPOCH',
  'ENGINE_NOT_RUNNING',
  'JOURNAL_UNAVAILABLE',
  'JOURNAL_FENCED',
  'INTERNAL',
];

const errorTable = (): string =>
  table(
    ['code', 'what it means', 'retry'],
    ERRORS.map((name) => [code(name), catalogue[name].summary, catalogue[name].retry]),
  );

const LIMIT_ROWS = {
  idChars: 'characters of a task id',
  tokenChars: 'characters of a session, a worker and a pool',
  typesPerWorker: 'types of a worker',
  slotsPerWorker: 'slots of a worker, and leases in one message',
  blockersNamed: 'leases in a `blocked`',
  placeChars: 'characters of a place in the code',
  versionChars: 'characters of a version',
  labels: 'labels',
  labelChars: 'characters of the name, and of the value, of a label',
  progressChars: 'characters of a progress message; more is cut off',
  resultBytes: 'bytes of a result, as JSON; with more the attempt has failed with RESULT_TOO_LARGE',
  depth: 'levels of arrays and objects in a result, a state or a payload',
  errorMessageChars: 'characters of the message of an error; more is cut off',
  errorBytes: 'bytes of an error, as JSON; with more it loses its details',
  checkpointInlineBytes: 'bytes of a state in a checkpoint message; a larger one goes to the object store',
  checkpointBytes: 'bytes of a state',
  rollbackBytes: 'bytes of the payload of a rollback action',
  rollbacksPerCheckpoint: 'rollback actions between two checkpoints',
  rollbacksBytes: 'bytes of their payloads together',
  atomicMs: 'milliseconds of an atomic section',
  logChunkBytes: 'bytes of one piece of a log',
  runs: 'runs of one task; the last may not yield by itself',
} as const satisfies Partial<Record<keyof typeof LIMITS, string>>;

const limitTable = (): string =>
  table(
    ['at most', 'of what'],
    Object.entries(LIMIT_ROWS).map(([name, what]) => [String(LIMITS[name as keyof typeof LIMIT_ROWS]), what]),
  );

const INTRODUCTION = `A worker is a program that connects to NATS, says what it can run, and runs what the engine assigns to it. This page says all that a worker
in another language needs. Every message is one JSON object in UTF-8, without headers (a \`traceparent\` is a field, not a header). Times
are epoch milliseconds, durations milliseconds. Ignore fields and kinds of signals that you do not know: later versions add some.`;

const KEYED = `Where access is required, a worker connects with a key whose principal has a grant of the role \`worker\`. The subjects then name the
key: \`<key>\` is its id, the part between the two underscores. The engine takes output for a lease that a session of the same key holds, and
passes it on into the log of the task. \`STALE_EPOCH\` means that the lease has ended.`;

const SUBJECTS = `\`precedent.v1\` is the root and \`main\` the cell, unless the configuration says otherwise. \`<session>\` is a name that the worker makes up for each
of its lives: letters, digits, \`_\` and \`-\`, unique for ever (a random UUID will do).

Deliver nothing late: publish only while the connection is up, or let the client drop what it has buffered. Subscriptions to \`assign\` and \`signal\` must be
active before the hello is sent (flush the connection in between).`;

const SESSION = `1. Subscribe to the \`assign\` and \`signal\` subjects of the session and to the leader heartbeat of the cell.
2. Request \`hello\`. Wait 2 s for the answer; without one, or with an error whose \`retry\` is \`later\`, wait 100 ms and repeat, doubling the wait up to 2 s. An
   error whose \`retry\` is \`never\` means that the hello itself is wrong: give up.
3. Stop every lease that was named in \`running\` and that the answer does not list in \`keep\`. Send nothing about it.
4. Publish a heartbeat every \`heartbeatMs\`. The answer to the hello has the figure; 2 s by default.
5. Anything that arrives from the engine is contact. After \`leaseMs\` without contact the leases have ended: stop all code, and say hello again.

The epoch in the leader heartbeat names the engine. When it changes, another engine has taken over: say hello again at once, with what runs in \`running\`. Reports and
checkpoints wait until that hello is answered. The signal \`who\` asks for a hello as well.

A hello with a new session and the name of a known worker ends the previous session: its leases are given to others. So a program that was started again
says hello under its old name, with \`running: []\`.

What the engine makes of silence: it sends \`ping\` after one and a half heartbeats, and ends the leases after \`leaseMs\`. A lease that two heartbeats do not list
counts as lost on the way, and its task is assigned again under a higher epoch. A listed lease that has ended is answered with the signal \`stop\`, reason
\`lease_lost\`. When the server reports no subscriber on the subjects of the session for a heartbeat, the session is closed.`;

const RUNNING = `A **lease** is the right to run one attempt, named by task id and \`epoch\`. The epoch rises with every lease of the task. It is not the number of the attempt: a task that goes on
after a preemption has a new epoch and the same \`attempt\`. A report with an old epoch is refused, and counted.

- A lease that the worker holds already, or one with a lower epoch than a lease of the same task that it holds, is ignored. One with a higher epoch replaces it: stop the old
  code, and begin when that has ended.
- A lease that the worker cannot begin (no free slot, an unknown type, draining) is reported at once as \`returned\`. The engine assigns no more before the next heartbeat.
- \`digest\` is that of what was submitted. Compute it from the assignment, and fail a task that has another one with INTEGRITY_FAILED, without running it. Report it with the result: the
  engine refuses a result with the digest of another task. A language that writes some numbers in another way than JavaScript (\`1e-07\`) needs a library for RFC 8785.
- \`attemptMs\` is for information: the engine sends a \`stop\` when the time is over.
- Where \`heartbeatMs\` is not 0, put the lease into \`quiet\` of each heartbeat, with the milliseconds since the last sign of life of its handler (progress, output, a checkpoint).
  The engine stops it when that is longer.
- Report the end only when nothing of the attempt runs any more: its slot is free with the report. Then leave the lease out of heartbeats, but only after the report is answered.`;

const OUTCOMES = `- \`completed\`: the handler returned; \`result\` is any JSON.
- \`failed\`: it failed. \`error\` has a \`code\` (\`HANDLER_FAILED\` for what a handler throws), a \`message\`, and may have a \`name\` (the class of the error, for \`nonRetryable\`)
  and \`retryable: false\`. The engine decides on a retry.
- \`stopped\`: it ended because of a \`stop\` signal, or because the worker gave it up.
- \`yielded\`: it stopped at a safe point and goes on later from its last checkpoint. No retry is spent.
- \`returned\`: it never began. No retry is spent.

A handler that completes although it was to stop or to yield is reported as \`completed\`.`;

const SIGNALS = `- \`stop\`: ask the code to end; after \`graceMs\` end it by force. Report \`stopped\`.
- \`yield\`: urgent work wants the slot. Let the code reach its next safe point, where it writes a checkpoint, and report \`yielded\`. After \`deadlineMs\` the engine sends a \`stop\`.
- \`suspend\` and \`resume\`: only for types listed in \`suspends\`. Suspend the code, and send a heartbeat at once that lists the lease in \`running\` and, with the \`decision\` of the signal, in
  \`suspended\`. The slot is given to another task then, so nothing of it may run. \`resume\` counts only for the decision for which the lease is suspended. Both are repeated; obey
  them again without harm.
- \`who\`: say hello. \`ping\`: send a heartbeat now. \`drain\`: send \`draining\`, take no more work, let what runs yield, say \`bye\`.

A signal for a lease that the worker does not hold is ignored.`;

const CHECKPOINTS = `A checkpoint is the state from which the task goes on, on whatever worker. \`hash\` is the SHA-256, in lower-case hex, of the state as JSON text in UTF-8, and \`bytes\` the length of that
text. Several texts stand for the same JSON, so: no spaces, members sorted by name at every level (the JSON text of [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785) for ordinary
states). Up to the limit the state itself is in \`state\`; a larger one is put into the object store, under a name such as \`<task>/<epoch>/<seq>\`, before the message is sent, and \`ref\` holds that name; its hash and length are those of the
object as it is stored. A worker checks the hash when it
resumes, and starts from zero, with a line in the log, when it does not match or the \`version\` is not one that it reads.

\`seq\` counts the checkpoints and rollback actions of one lease from 1. Send them one after the other, the next when the one before is answered. Repeating one is
harmless. STALE_EPOCH means that the lease has ended: stop its code.

A rollback action (\`undo\` on the wire) is made durable before the effect that it undoes. The next checkpoint makes it superfluous. A lease that is assigned with actions in \`resume.undo\` carries them out
first, the last one first, and reports each with a step \`undone\`, in which \`of\` and \`ofEpoch\` are \`seq\` and \`epoch\` of the action.`;

const ENDING = `To end: send \`draining\`, let what runs yield (reason \`drain\`) or end, report it, request \`bye\` (wait 500 ms at most), then disconnect. A worker that is killed says nothing; its leases
end after \`leaseMs\`.`;

const RETRIES = `\`report\` and \`keep\` are repeated until they are answered: wait 2 s for an answer, then repeat the same message, the waits growing from 100 ms to 2 s. Both are recognised by id, epoch and \`seq\`.
"No responders" from the server means that no engine listens: repeat as well. An answer \`{"error": {"code", "message", "issues"?, "retryAfterMs"?}}\` with \`retry\` \`never\` is final; with \`later\` the
message is repeated, after \`retryAfterMs\` where it is there. Several engines may answer while one takes over from another: the first answer counts. All codes are in [errors.md](errors.md).`;
