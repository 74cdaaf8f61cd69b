import type { NatsConnection } from '@nats-io/nats-core';
import { RUN_OPERATIONS } from '@precedent/contracts';
import type { RunOperations, Subjects } from '@precedent/contracts';
import type { EngineApi } from '@precedent/ports';
import type { EngineIngress } from '../ingress/in-flight.ts';
import type { Gate } from './caller-gate.ts';
import { openJsonService } from './json-service.ts';
import type { HandlersOf } from './json-service.ts';
import { replied } from './replied.ts';

export interface RunServiceOptions {
  readonly nc: NatsConnection;
  readonly engine: Pick<EngineApi, 'forCaller'>;
  readonly subjects: Subjects;
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  /** Of this program; a semantic version. */
  readonly version: string;
}

/** The API of a caller knows who acts. */
const CALLER = {};

const handlersOf = (engine: RunServiceOptions['engine']): HandlersOf<RunOperations> => ({
  show: ({ id }, caller) => replied((reply) => engine.forCaller(caller).runs.show(id, reply)),
  signal: (request, caller) =>
    replied((reply) => engine.forCaller(caller).runs.signal(request, CALLER, reply)),
  decide: (request, caller) =>
    replied((reply) => engine.forCaller(caller).runs.decide(request, CALLER, reply)),
  pause: ({ id }, caller) => replied((reply) => engine.forCaller(caller).runs.pause(id, CALLER, reply)),
  resume: ({ id }, caller) => replied((reply) => engine.forCaller(caller).runs.resume(id, CALLER, reply)),
  approvals: (request, caller) => replied((reply) => engine.forCaller(caller).runs.approvals(request, reply)),
});

/** Runs of workflows as a NATS micro service. */
export const openRunService = ({
  nc,
  engine,
  subjects,
  gate,
  version,
}: RunServiceOptions): Promise<EngineIngress> =>
  openJsonService({
    nc,
    version,
    gate,
    name: 'precedent-runs',
    description: 'Runs of workflows of one cell: show, signal, approve, pause, resume.',
    group: subjects.runsGroup,
    operations: RUN_OPERATIONS,
    handlers: handlersOf(engine),
  });
