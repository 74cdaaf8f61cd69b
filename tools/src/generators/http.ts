import { ROUTED } from '@precedent/http';
import type { OperationName } from '@precedent/contracts';
import { GENERATED, page, table } from './markdown.ts';
import { code } from './schema-table.ts';

/** How HTTP is used, with the route of each operation. */
export const httpPage = (): string =>
  page(
    '# HTTP',
    GENERATED,
    INTRODUCTION,
    '## Routes',
    routeTable(),
    SESSIONS,
    SUBMITTING,
    LISTS,
    STREAMS,
    LIMITS,
    ERRORS,
  );

const routeTable = (): string =>
  table(
    ['route', 'operation', 'does'],
    ROUTED.map(({ name, method, path, operation }) => [
      code(`${method} ${path}`),
      `[${code(name)}](api.md#${linkOf(name)})`,
      operation.summary,
    ]),
  );

/** A submission stands in the reference under the band of its subject. */
const linkOf = (name: OperationName): string =>
  name === 'submit.submit' ? 'submitband' : name.replace('.', '').toLowerCase();

const INTRODUCTION = `\`precedent up\` starts a gateway at \`gateway.host\` and \`gateway.httpPort\` (http://127.0.0.1:16080). Everything below \`/api/v1\` needs a key:
\`Authorization: Bearer <key>\`. Where access is open the key is in \`gateway.key\` of the data folder, because a web page can reach loopback too; where
it is required the keys are those of the cell ([security](security.md)), or [tokens of an OpenID provider](security.md#openid-tokens); \`admin.key\` for the person at the machine. With \`gateway.tls.cert\` and
\`gateway.tls.key\` it serves https only, and takes renewed files without a restart. It keeps no state, so several may run.

\`\`\`sh
key=$(cat .precedent/gateway.key)
curl -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \\
  'http://127.0.0.1:16080/api/v1/tasks?wait=30s' -d '{"command": "echo", "args": ["hello"]}'
\`\`\`

\`GET /api/v1/openapi.json\` describes all of it (OpenAPI 3.2: each stream has the schema of its frames or lines), and \`/api/v1/docs\` shows that as a page (\`precedent open\`). They need no key; neither do \`/livez\`, \`/startupz\`, \`/readyz\` and \`/api/health\` (503 with
the reason while NATS is away).

The fields of an operation are in its path and in the query of a GET or DELETE, or in the JSON body of a POST. A list in a query is one
parameter with commas, or the parameter several times; an object is JSON. A request acts in the namespace that it names (\`namespace\`), else in the
only namespace for which its key has grants, else in \`namespace\` of the configuration.`;

const SESSIONS = `## Sessions of browsers

A page logs its user in, and then calls the same routes: the browser sends a cookie in place of the header \`Authorization\`. Only HTTP takes cookies; no page calls gRPC and MCP.

| route | does |
| --- | --- |
| \`GET /login?return=/path\` | sends the browser to the first provider of \`access.issuers\` (\`&issuer=\` chooses another one), and afterwards to a path of this server |
| \`precedent open\` | opens a link that logs the browser in with the key of the command line; in an open cell with that of the data folder |
| \`POST /api/v1/session\` | logs a browser in with the key in the header \`Authorization\`, such as one that a person typed |
| \`POST /api/v1/session/links\` | makes the link of \`precedent open\`, for a caller with a key |
| \`GET /api/v1/session\` | who sends the request, with the rights of its grants, and when the session ends |
| \`DELETE /api/v1/session\` | logs out: the cookie is removed, and the provider ends the refresh token where it has a way to |

The cookie \`__Host-precedent-<port>\` (\`Secure\`, \`HttpOnly\`, \`SameSite=Strict\`) holds the key or token, encrypted with \`gateway.secret\`, so every gateway of the cell takes it and none stores it. Each request is
checked as one with that credential in its header: it ends with the key, the token or the grants, and after \`gateway.sessionMax\` in any case. With a refresh token the gateway replaces a token in its last minute, and sets
the next cookie; requests that come together at one gateway share that. A session has at most 4,096 bytes, which is what browsers take: where both do not fit it has no refresh token and ends with its token, and a token that is longer
alone is refused with its size. Logging out removes the cookie from the browser; a copy that was taken before counts until its key or its token ends.

A request with a session counts only from a page of this server: \`Sec-Fetch-Site\` of another origin is refused, and what is no GET needs \`Origin\` (or \`Sec-Fetch-Site: same-origin\`). Only JSON is read, so no form is. Where a request
has the header \`Authorization\` too, the header counts and the cookie does not; a cookie that comes twice is refused.

A link is behind \`#\`, which reaches no server, no log of one and no \`Referer\`; the page takes it out of the address first. It holds for a minute, and once at each gateway: gateways do not know of each other, and one that was
started again has forgotten which links were used. On a machine that others use they can see it in the list of processes: when another person was faster, your browser says that the link was used, and you revoke the key.

The provider needs the client that \`audience\` names, without a secret (PKCE), with the redirect address \`https://<host>/login/callback\`; on this machine \`http://127.0.0.1/login/callback\`. Off loopback browsers take the cookie over TLS
only, from us or from a proxy in front (\`gateway.hosts\`). Over plain http on loopback Chrome and Firefox take it, and Safari does not: the page of the link says so, and https helps.`;

const SUBMITTING = `## Submitting tasks

\`POST /tasks\` takes one task, a list of at most 1,000, or a stream of lines. \`?band=\` is the band of tasks that name none.

| body | answer |
| --- | --- |
| a task | 202 when it is durable, with \`Location\`. \`?wait=30s\` holds the answer for the verdict: 200, or 202 when it is not there by then |
| a task, with \`Idempotency-Key\` | the same, once: another request with the same key and task gets the same id and \`Idempotent-Replayed: true\`, one with another task 409. A key lives for \`idempotency.retention\` |
| a list | 202, or 207 when a task was refused: an outcome for each, in order |
| \`Content-Type: application/x-ndjson\`, a task in each line | a line for each line, in order, with its number, as soon as it is durable. A stream may have any length; while a band is full it is read no further. It ends when the client sends nothing for a minute, or a line is too long: the last line then has only an \`error\`. After a cut, what was answered is durable |`;

const STREAMS = `## Streams

With \`Accept: text/event-stream\` these answers are followed as server-sent events:

| route | frames | ends |
| --- | --- | --- |
| \`GET /events\` | events of tasks, with the conditions of [\`history.feed\`](api.md#historyfeed); from now on, or from \`after\` on | with its credential |
| \`GET /tasks/{id}/events\` | the events of one task, and its progress as it is reported | with its verdict |
| \`GET /tasks/{id}/logs\` | the output of a task | when the task is settled and all of its output was sent |

\`GET /live\` is for screens: \`event: full\` has the counts of each band ([\`task.counts\`](api.md#taskcounts)) and the tasks of a window, which is a request of
[\`task.list\`](api.md#tasklist) with a \`limit\` up to 200, or with \`window=\`:
\`running\` and \`waiting\` (the most urgent band first), \`settled\` and \`failed\` (the latest verdict first); each \`event: change\` has the bands and rows that are different, and with \`order\` the ids that are shown now. There are at most five frames a
second, each of at most 64 KiB (\`truncated\` says that rows are left out), whatever the load. The gateway reads the view once for all viewers of the same window with the same key; a viewer that was too slow
for a change gets the whole again.

The \`id\` of a frame of the others is a place: with \`Last-Event-ID\`, which browsers send by themselves, or \`?after=\`, a stream goes on behind it, also at another gateway, without a gap and without
a double. Events are read from the history, in the order of the journal, so they are as late as it is (tens of milliseconds), and a slow reader misses none. What the history does not have any
more is stated as \`event: gap\` with \`from\` and \`to\`. \`event: end\` has the reason for the end: the verdict, or the end of the credential; a stream that ends without one is to be connected again. \`event: progress\`, \`event: blocking\` and
\`event: overdue\` of one task are no records of the journal: they come as they happen, at most once, the latest of each kind to a slow reader, and without an \`id\`, so that they move no place. Comments
keep a connection alive; a client that takes nothing for a minute is cut off. A credential may have 50 streams open, a gateway 2,000.

\`\`\`sh
curl -N -H "Authorization: Bearer $key" -H 'Accept: text/event-stream' 'http://127.0.0.1:16080/api/v1/events?event=failed,timed_out'
\`\`\``;

const LISTS = `## Lists, and what has changed

A list that has more holds \`cursor\`: the next page is the same request with it. A cursor holds for a day, for that list, those conditions (\`limit\` may
differ) and that caller; any other is refused with 400. A page may be shorter than the limit while there is a cursor. \`GET /tasks\` shows at most 300 tasks as the engine orders them; its next pages come from the
history, the latest first, without the tasks that were shown. A cursor is sealed with \`gateway.secret\`, so that the page may come from another gateway.

\`GET /tasks/{id}\` and the lists of keys, grants and signers have a strong \`ETag\`: with \`If-None-Match\` the answer is 304 while nothing has changed. \`If-Match\` of a cancellation
or a deletion names the ETag of the task, and of a change to keys, grants or signers that of their list without conditions: where it holds no
more, nothing is done, and the answer is 412. Of a task, the engine compares its
\`revision\` once more in the turn in which it changes (\`expect\` of [\`task.cancel\`](api.md#taskcancel), for clients of every interface; progress changes none), so nothing happens in between. Of keys, grants and signers, it is compared right before the operation is called.
Elsewhere \`If-Match\` is refused, not ignored.`;

const LIMITS = `## Limits

| what | limit | answer |
| --- | --- | --- |
| requests of one credential | \`gateway.limits.requestsPerSecond\`, on average of ten seconds | 429 with \`Retry-After\`; every answer says in \`RateLimit-Policy\` and \`RateLimit\` (draft 11 of the IETF) what is left |
| requests of one credential that are being answered, with long polls, streams and pipelined ones | \`gateway.limits.inFlight\` | 429 |
| wrong credentials from one address | \`gateway.limits.refusalsPerMinute\` | 429 for every request from there, for the rest of the minute |
| connections from one address, at each port | \`gateway.limits.connections\` | the connection is closed |
| path with query, headers | 8,192 characters; 100 headers, 16 KiB | 414, 431 |
| body | 4 MiB, 256 levels of nesting, no \`Content-Encoding\` | 413, 400, 415 |
| a head that does not end, a body, a client that does not read its answer | 15 s, 60 s, 60 s | 408, or the connection is ended |

Each gateway counts for itself, in memory: with three of them a client has up to three times as much. A header that may come once only (credential, length, type, host, idempotency
key) is refused with 400 when it comes twice.

A request is answered when its \`Host\` is a name of loopback, an address, \`gateway.host\`, or one of \`gateway.hosts\`: a web page whose name was pointed at
this server (DNS rebinding) gets 403, as every page of another origin does.`;

const ERRORS = `## Errors

An error is \`application/problem+json\` (RFC 9457) with the \`code\` of [errors.md](errors.md), its remedy, and the fields that are wrong. 429 and 503 have \`Retry-After\`.
\`unaffected\` of a 503 names the groups of operations that do without what is away. While the engine is away, the history answers \`GET /tasks/{id}\` and \`GET /tasks\` (the
latest first), with \`"source": "history"\`. Everything comes back without a restart of the gateway.`;
