import type { NatsConnection } from '@nats-io/nats-core';
import { DEFINITION_KINDS } from '@precedent/contract-types';
import type {
  DefinitionKind,
  PauseScheduleRequest,
  PreviewScheduleReply,
  PreviewScheduleRequest,
  ScheduleRequest,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import { DEFINITION_OPERATIONS } from '@precedent/contracts';
import type { DefinitionOperations, Subjects } from '@precedent/contracts';
import type { AnyDefinitionView, Caller, EngineApi } from '@precedent/ports';
import type { EngineIngress } from '../ingress/in-flight.ts';
import type { Gate } from './caller-gate.ts';
import { openJsonService } from './json-service.ts';
import type { HandlersOf } from './json-service.ts';
import { replied } from './replied.ts';

export interface DefinitionServiceOptions {
  readonly nc: NatsConnection;
  readonly engine: Pick<EngineApi, 'forCaller'>;
  readonly subjects: Subjects;
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  /** Of this program; a semantic version. */
  readonly version: string;
}

type Engine = DefinitionServiceOptions['engine'];

type CommonHandlers<K extends DefinitionKind> = Pick<
  HandlersOf<DefinitionOperations[K]>,
  'put' | 'get' | 'list' | 'delete'
>;

/** What every kind has. */
const handlersOf = <K extends DefinitionKind>(engine: Engine, of: K): CommonHandlers<K> => {
  const handlers = {
    put: (request, caller) =>
      replied((reply) => engine.forCaller(caller).definitions.put(of, request, reply)),
    get: (request, caller) =>
      replied((reply) => engine.forCaller(caller).definitions.get(of, request, reply)),
    list: (request, caller) =>
      replied((reply) => engine.forCaller(caller).definitions.list(of, request, reply)),
    delete: (request, caller) =>
      replied((reply) => engine.forCaller(caller).definitions.delete(of, request, reply)),
  } satisfies CommonHandlers<'project'>;
  // Specs have the type that the schema of their kind gives them.
  return handlers as unknown as CommonHandlers<K>;
};

/** A view is of the kind that was requested, so its spec has passed the schema of that kind: the port knows it as an object only. */
const scheduleHandlers = (engine: Engine): HandlersOf<DefinitionOperations['schedule']> => {
  const handlers = {
    ...handlersOf(engine, 'schedule'),
    pause: (request: PauseScheduleRequest, caller: Caller) =>
      replied<AnyDefinitionView>((reply) => engine.forCaller(caller).schedules.pause(request, reply)),
    resume: (request: ScheduleRequest, caller: Caller) =>
      replied<AnyDefinitionView>((reply) => engine.forCaller(caller).schedules.resume(request, reply)),
    trigger: (request: ScheduleRequest, caller: Caller) =>
      replied<TriggerScheduleReply>((reply) => engine.forCaller(caller).schedules.trigger(request, reply)),
    preview: (request: PreviewScheduleRequest, caller: Caller) =>
      replied<PreviewScheduleReply>((reply) => engine.forCaller(caller).schedules.preview(request, reply)),
  };
  return handlers as unknown as HandlersOf<DefinitionOperations['schedule']>;
};

/** The handlers of each kind; one with further operations adds them. */
const allHandlers = (
  engine: Engine,
): { readonly [K in DefinitionKind]: HandlersOf<DefinitionOperations[K]> } => ({
  project: handlersOf(engine, 'project'),
  limit: {
    ...handlersOf(engine, 'limit'),
    show: (request, caller) =>
      replied((reply) => engine.forCaller(caller).explanations.limitUse(request, reply)),
  },
  workflow: handlersOf(engine, 'workflow'),
  schedule: scheduleHandlers(engine),
});

/** Each kind of definitions as a NATS micro service. */
export const openDefinitionServices = async ({
  engine,
  subjects,
  ...service
}: DefinitionServiceOptions): Promise<EngineIngress> => {
  const handlers = allHandlers(engine);
  const opened = await Promise.all(
    DEFINITION_KINDS.map((kind) =>
      openJsonService({
        ...service,
        name: `precedent-${kind}`,
        description: `Definitions of one cell: ${kind}.`,
        group: subjects.definitionsGroup(kind),
        operations: DEFINITION_OPERATIONS[kind],
        handlers: handlers[kind],
      }),
    ),
  );
  return {
    close: async () => void (await Promise.all(opened.map((one) => one.close()))),
    abandon: (problem) => opened.forEach((one) => one.abandon(problem)),
  };
};
