import {
  ALIASES,
  PLANNED,
  RESOURCES,
  TOOLS,
  TOOLSETS,
  TYPES,
  areaOf,
  typeToolName,
} from '@precedent/mcp/reference';
import type { OperationName } from '@precedent/contracts';
import { ROUTED } from '@precedent/http';
import { GENERATED, page, table } from './markdown.ts';
import { code } from './schema-table.ts';

/** How an agent is connected, with the tool of each operation. */
export const mcpPage = (): string =>
  page(
    '# Tools for agents (MCP)',
    GENERATED,
    INTRODUCTION,
    '## Connect an agent',
    CONNECT,
    '## Toolsets',
    TOOLSETS_TEXT,
    table(
      ['toolset', 'holds'],
      Object.entries(TOOLSETS).map(([name, holds]) => [code(name), holds]),
    ),
    '## Tools',
    toolTable(),
    '## Tools of task types',
    'Each submits a task of its type and answers at the verdict. An agent needs a grant that names `command` and `http`.',
    table(
      ['tool', 'type'],
      typeEntries().flatMap(([type, entry]) =>
        entry === 'tool' ? [[code(typeToolName(type)), code(type)]] : [],
      ),
    ),
    '## Resources and prompts',
    RESOURCES_TEXT,
    table(
      ['address', 'holds'],
      RESOURCES.map(({ template, description }) => [code(template), description]),
    ),
    '## Other names',
    'Names that agents know from other systems are called like the tool, and are not listed.',
    table(
      ['name', 'tool'],
      Object.entries(ALIASES).map(([alias, entry]) => [
        code(alias),
        typeof entry === 'string' ? code(entry) : `none: ${entry.missing}`,
      ]),
    ),
    '## What is no tool',
    missingTable(),
  );

const typeEntries = () => Object.entries(TYPES);

const summaries: ReadonlyMap<string, string> = new Map(
  ROUTED.map(({ name, operation }) => [name, operation.summary]),
);

const toolTable = (): string =>
  table(
    ['tool', 'toolset', 'operation', 'does'],
    entries().flatMap(([name, entry]) =>
      typeof entry === 'string' ? [[code(entry), setsOf(name), code(name), summaries.get(name) ?? '']] : [],
    ),
  );

/** The smallest set that holds a tool. */
const setsOf = (name: OperationName): string => {
  const found = ROUTED.find((one) => one.name === name);
  const area = found && areaOf(found.operation);
  const part = `${area}:${found?.operation.mutates === true ? 'write' : 'read'}`;
  return code(part in TOOLSETS ? part : String(area));
};

const missingTable = (): string =>
  table(
    ['operation, type or tool', 'why'],
    [
      ...entries().flatMap(([name, entry]) =>
        typeof entry === 'string' ? [] : [[code(name), entry.missing]],
      ),
      ...typeEntries().flatMap(([type, entry]) => (entry === 'tool' ? [] : [[code(type), entry.missing]])),
      ...Object.entries(PLANNED).map(([tool, why]) => [code(tool), why]),
    ],
  );

const entries = () => Object.entries(TOOLS) as [OperationName, (typeof TOOLS)[OperationName]][];

const RESOURCES_TEXT = `What a task wrote comes as a second content, \`<address>#untrusted\`. Prompts: \`diagnose_failure\` (a task) and \`review_queue\` (a band, or all). They hold instructions and no data.
\`workflow://\` and \`plan_workflow\` come with workflows. Lists may be kept for five minutes (\`ttlMs\`).`;

const TOOLSETS_TEXT = `A model pays for each tool in its list, and chooses worse among many. A connection names the sets that it wants in its address, \`http://127.0.0.1:16082/mcp?toolsets=tasks,history\`, or as
\`precedent mcp --toolsets tasks,history\`; \`gateway.mcpToolsets\` does so for all connections, which can then choose among these only. Without a choice all tools are there. The order of the tools
stays the same, and an unknown name is refused with the one that was meant. Tools that are not chosen cannot be called. That is no protection by itself, where the agent writes the address: what a principal may do is what its grants say.`;

const CONNECT = `The key is that of the principal (\`precedent keys create helper --kind agent\`); where access is open, it is in \`gateway.key\` in the data folder.

Claude Code:

\`\`\`sh
claude mcp add --transport http precedent http://127.0.0.1:16082/mcp \\
  --header "Authorization: Bearer <key>"
claude mcp list
\`\`\`

VS Code, in \`.vscode/mcp.json\`:

\`\`\`json
{ "inputs": [{ "id": "precedent-key", "type": "promptString", "description": "Precedent key", "password": true }],
  "servers": { "precedent": {
    "type": "http",
    "url": "http://127.0.0.1:16082/mcp",
    "headers": { "Authorization": "Bearer \${input:precedent-key}" } } } }
\`\`\`

Codex, in \`~/.codex/config.toml\`, with the key in the environment:

\`\`\`toml
[mcp_servers.precedent]
url = "http://127.0.0.1:16082/mcp"
bearer_token_env_var = "PRECEDENT_KEY"
\`\`\`

Cursor, in \`.cursor/mcp.json\`, with the key in the environment:

\`\`\`json
{ "mcpServers": { "precedent": {
    "url": "http://127.0.0.1:16082/mcp",
    "headers": { "Authorization": "Bearer \${env:PRECEDENT_KEY}" } } } }
\`\`\`

A host that starts its servers, with the credential of the command line (\`--read-only\`, \`--toolsets\`, \`--band\`):

\`\`\`json
{ "mcpServers": { "precedent": {
    "command": "/path/to/node_modules/.bin/precedent",
    "args": ["mcp"] } } }
\`\`\`

Name the program by its whole path: hosts start it in folders of their own, where \`npx precedent\` would install the package of another project. It connects to \`nats.url\`; where access
is required, with the key that \`precedent login\` stored, or \`PRECEDENT_NATS_TOKEN\` in \`env\`.`;

const INTRODUCTION = `The gateway of \`precedent up\` serves every operation that is for agents as a tool of the Model Context Protocol: streamable HTTP at
\`gateway.mcpPort\` (http://127.0.0.1:16082/mcp), without sessions, for clients of the revisions 2026-07-28 and 2025-11-25. A request needs a key, as over
[HTTP](http.md), and acts for its principal: give an agent a key of its own (\`precedent keys create helper --kind agent\`), and grants
that name what it may do ([security](security.md)). \`gateway.mcpReadOnly\` leaves out every tool that changes something.

Where \`access.issuers\` names OpenID providers, a client without a credential finds them at \`/.well-known/oauth-protected-resource/mcp\`. What a caller may do comes from its grants and not from
scopes of its token, so a refusal is a result and never 403 with \`insufficient_scope\`: another login would not help.

A task that an agent submits without a band is critical, or in the highest band that its grants allow. What a refusal says is a result with \`isError\`,
the code of [errors.md](errors.md) and a remedy, so that a model can read it.

**What takes long is a task.** For a client that declares the extension \`io.modelcontextprotocol/tasks\` in its request, \`submit_task\` with \`wait\` and \`wait_task\` answer with
the result when it is there within two seconds, and otherwise with a task: \`tasks/get\` until it has completed, \`tasks/cancel\`, or \`subscriptions/listen\` with \`taskIds\`, which
sends each change. \`submit_task\` with \`wait: 0\` gives the task at once. Its id is sealed for the principal that got it: it works with every key of that principal, at every gateway, after a restart of
everything, and for no other one. \`statusMessage\` says what the task does or waits for, such as "preempted by a critical task, goes on from checkpoint 7, 3rd in line, about 40 s".
A command that failed has \`completed\` with \`isError\`. Other clients wait for 30 seconds at most (\`wait\`, \`timeoutMs\`), and get the task as it is with the same text.
A task that \`wait_task\` gave is a wait: cancelling it leaves the task alone.

**What tasks wrote is not ours.** Results, errors, names, output and notes can hold words that are meant to lead a model. They are taken out of every reply, and returned
apart in \`untrusted\` (with their place, cut to 4,000 characters each, with invisible and steering characters spelled out), and in the text between lines
with a random mark. No name, description or remedy of a tool holds such text.`;
