import { GRPC_OPERATIONS } from '@precedent/grpc/reference';
import type { OperationName } from '@precedent/contracts';
import { GENERATED, page, table } from './markdown.ts';
import { code } from './schema-table.ts';

/** How gRPC is used, with the RPC of each operation. */
export const grpcPage = (): string =>
  page('# gRPC', GENERATED, INTRODUCTION, '## RPCs', rpcTable(), STREAMS, ERRORS, HEALTH, COMPATIBILITY);

const rpcTable = (): string =>
  table(
    ['RPC', 'operation', 'does'],
    GRPC_OPERATIONS.map(({ name, service, method, operation }) => [
      code(`${service}/${method}`),
      `[${code(name)}](api.md#${linkOf(name)})`,
      operation.summary,
    ]),
  );

const linkOf = (name: OperationName): string =>
  name === 'submit.submit' ? 'submitband' : name.replace('.', '').toLowerCase();

const INTRODUCTION = `\`precedent up\` starts a gateway at \`gateway.host\` and \`gateway.grpcPort\` (127.0.0.1:16081) that serves the package \`precedent.v1\`
over gRPC, gRPC-Web and Connect. The files are in [proto](../proto/precedent/v1), and the server has reflection. Every call needs a key in its metadata, as over [HTTP](http.md):
\`authorization: Bearer <key>\`. Health and reflection need none.

\`\`\`sh
buf curl --http2-prior-knowledge -H "Authorization: Bearer $(cat .precedent/gateway.key)" \\
  http://127.0.0.1:16081/precedent.v1.TaskService/SubmitPriorityTask -d '{"task": {"command": "echo", "args": ["hello"]}}'
\`\`\`

One port serves HTTP/2 and HTTP/1.1, so that Connect is also a POST of JSON: \`curl -H 'Content-Type: application/json' http://127.0.0.1:16081/precedent.v1.TaskService/ListTasks -d '{}'\`
with the key. With \`gateway.tls.cert\` and \`gateway.tls.key\` it serves TLS only. There is no CORS: a web page calls it through its own server.

The fields of a request are those of the operation in \`snake_case\`. A request acts in the namespace that it names, else in that of its key. Values of any shape, such as \`payload\`
and \`result\`, are \`google.protobuf.Value\`; a duration is a text such as \`30s\`; times are epoch milliseconds. A list or map without items is as if it were absent.

A call that names no deadline has one of 30 s, \`WaitForTask\` of 35 s. When a deadline passes or the client cancels, the request behind it is dropped; what was submitted by then is not.
\`traceparent\` in the metadata is passed on. A message has at most 4 MiB; a connection has at most 256 calls at a time, and a body or a stalled reader a minute.`;

const STREAMS = `## Submitting tasks

\`SubmitPriorityTask\` takes one task, and answers when it is durable; \`idempotency-key\` in the metadata is the same as \`idempotency_key\` of the task. \`SubmitTasks\` is a stream in both
directions: a result for each task, in order, with its index, as soon as it is durable. While a band is full it is read no further. It ends when the client sends nothing for a minute; what
was answered is durable.

## Watching tasks

\`HistoryService/WatchTasks\` gives the events of tasks as they happen, in the order of the journal; \`WatchTask\` those of one task, from its submission to its verdict. Each event has a \`sequence\`:
a client that was away goes on with \`after\`, also at another gateway, without a gap and without a double. What is not known any more is a \`gap\`; a \`position\` is a place to go on from when nothing
happened. A watch ends when its key does, and with UNAVAILABLE when the gateway stops. A key may have 50 streams at a gateway, over all interfaces.

## Lists

A list that has more holds a \`cursor\`: the next page is the same request with it. It is sealed, and holds for a day, for that list, those conditions and that key ([0053](adr/0053-cursors-are-sealed-and-requests-counted-by-each-gateway.md)).`;

const ERRORS = `## Errors

The status has the gRPC code of [errors.md](errors.md), and details: \`google.rpc.ErrorInfo\` with the code of the catalogue as \`reason\`, \`precedent\` as \`domain\`, and the remedy in its
metadata; \`google.rpc.BadRequest\` with the fields that are wrong; \`google.rpc.RetryInfo\` where the same call may succeed later.`;

const HEALTH = `## Health

\`grpc.health.v1.Health\` has \`Check\`, \`List\` and \`Watch\`. The empty name is the gateway; \`engine\`, \`history\` and \`vectorizer\` are the programs behind it, and so are the names of the services. All
of them are NOT_SERVING before the gateway stops: off loopback, it goes on to answer for \`gateway.drainDelay\`.`;

const COMPATIBILITY = `## Compatibility

Messages are made from the schemas of the catalogue. Numbers of fields are kept in \`proto/numbers.lock.json\` and never used twice; a field whose type changes gets another name.`;
