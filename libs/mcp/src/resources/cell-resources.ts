import { ProtocolError, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import type { McpServer, ReadResourceResult } from '@modelcontextprotocol/server';
import { HISTORY_OPERATIONS, ENGINE_OPERATIONS, taskIdSchema } from '@precedent/contracts';
import { BANDS, fieldOf, isBand } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import { protocolErrorOf } from '../tasks/task-access.ts';
import type { ToolContext } from '../tool-context.ts';
import { fenced, separated } from '../untrusted.ts';

/** A reply, and the paths in it that are not our words. */
interface Read {
  readonly reply: unknown;
  readonly untrusted: readonly string[];
}

interface CellResource {
  readonly name: string;
  readonly template: string;
  readonly description: string;
  /** `key`: what the template names. `undefined`: there is no such thing. */
  readonly read: (key: string, call: Call, context: ToolContext) => Promise<Read | undefined>;
}

type Call = (group: 'task' | 'history', verb: string, request: unknown) => Promise<unknown>;

const LOG_CHUNKS = 200;
const QUEUE_TASKS = 100;

const ofTask =
  (read: (id: string, call: Call) => Promise<Read>): CellResource['read'] =>
  async (key, call) =>
    taskIdSchema.safeParse(key).success ? read(key, call) : undefined;

/** What can be read by its address. */
export const RESOURCES: readonly CellResource[] = [
  {
    name: 'task',
    template: 'task://{id}',
    description: 'One task, as it is now, and what it waits for.',
    read: ofTask(async (id, call) => ({
      reply: await call('task', 'get', { id }),
      untrusted: ENGINE_OPERATIONS.get.untrusted,
    })),
  },
  {
    name: 'task-logs',
    template: 'task://{id}/logs',
    description: `The first ${LOG_CHUNKS} pieces of the output of a task; get_logs goes on from there.`,
    read: ofTask(async (id, call) => ({
      reply: await call('history', 'logs', { id, limit: LOG_CHUNKS }),
      untrusted: HISTORY_OPERATIONS.logs.untrusted,
    })),
  },
  {
    name: 'preemption',
    template: 'preemption://{id}',
    description: 'The preemptions of a task: by which others it was preempted, and which it displaced.',
    read: ofTask(async (id, call) => {
      const why = await call('task', 'why', { id });
      const [preemptedBy, displaced] = [fieldOf(why, 'preemptedBy'), fieldOf(why, 'displaced')];
      return { reply: { id, preemptedBy, displaced }, untrusted: [] };
    }),
  },
  {
    name: 'queue',
    template: 'queue://{band}',
    description: `The first ${QUEUE_TASKS} tasks of a band (${BANDS.join(', ')}) that wait, in the order in which they run.`,
    read: async (band, call, { session }) => {
      if (!isBand(band)) return undefined;
      const request = {
        band: [band],
        state: ['queued', 'preempted', 'retrying'],
        namespace: session.namespace,
        limit: QUEUE_TASKS,
      };
      return { reply: await call('task', 'list', request), untrusted: ENGINE_OPERATIONS.list.untrusted };
    },
  },
];

/** They are for the namespace of the caller; tools can name another one. */
export const addResources = (server: McpServer, context: ToolContext): void => {
  for (const resource of RESOURCES) {
    const { name, template, description } = resource;
    const about = { description, mimeType: 'application/json' };
    const list = name === 'queue' ? () => ({ resources: QUEUES }) : undefined;
    server.registerResource(name, new ResourceTemplate(template, { list }), about, ({ href }, variables) =>
      contentsOf(href, String(Object.values(variables)[0]), { resource, context }),
    );
  }
};

const QUEUES = BANDS.map((band) => ({ uri: `queue://${band}`, name: `queue-${band}` }));

interface Reading {
  readonly resource: CellResource;
  readonly context: ToolContext;
}

const contentsOf = async (
  uri: string,
  key: string,
  { resource, context }: Reading,
): Promise<ReadResourceResult> => {
  const { calls, session, mark } = context;
  const caller = callerFor(session, undefined);
  try {
    const read = await resource.read(
      key,
      (group, verb, request) => calls.call({ group, verb, request, caller }),
      context,
    );
    if (read === undefined) throw new ResourceNotFoundError(uri);
    const { reply, untrusted } = separated(read.reply, read.untrusted);
    const own = { uri, mimeType: 'application/json', text: JSON.stringify(reply) };
    if (untrusted.length === 0) return { contents: [own] };
    const apart = { uri: `${uri}#untrusted`, mimeType: 'text/plain', text: fenced(untrusted, mark()) };
    return { contents: [own, apart] };
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw fieldOf(error, 'code') === 'TASK_NOT_FOUND'
      ? new ResourceNotFoundError(uri)
      : protocolErrorOf(error);
  }
};
