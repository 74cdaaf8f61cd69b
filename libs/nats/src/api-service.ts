import type { NatsConnection } from '@nats-io/nats-core';
import { Svcm } from '@nats-io/services';
import type { Service, ServiceMsg } from '@nats-io/services';
import { API_VERBS } from '@precedent/contracts';
import type { ApiVerb, PartStatus, Subjects } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import { ask, schemaOf } from './api-verbs.ts';
import type { QueryApi } from './api-verbs.ts';
import { textOf } from './bytes.ts';
import { Unanswered } from './door.ts';
import type { EngineDoor } from './door.ts';
import { forgottenClaims } from './forgotten-claim.ts';
import type { CheckClaim } from './forgotten-claim.ts';
import { refuse } from './refuse.ts';

export interface ApiServiceOptions {
  readonly nc: NatsConnection;
  readonly api: QueryApi;
  readonly subjects: Subjects;
  /** Of the history that is asked for tasks which the engine has forgotten. */
  readonly root: string;
  /** Of this program; a semantic version. */
  readonly version: string;
  /** The programs that were started with this one, for `status`. */
  readonly parts?: () => readonly PartStatus[] | undefined;
}

const NAME = 'precedent-engine';
const CLOSE_LIMIT_MS = 2_000;

/**
 * The engine's API as a NATS micro service: `nats micro info` lists its verbs with their schemas. Answers are JSON, `{error}` for a
 * refusal, which also sets the service error headers.
 */
export const openApiService = async ({
  nc,
  api,
  subjects,
  root,
  version,
  parts,
}: ApiServiceOptions): Promise<EngineDoor> => {
  const checkClaim = forgottenClaims(nc, root);
  const unanswered = new Unanswered();
  const service = await add(nc, version);
  const group = service.addGroup(subjects.apiGroup);
  for (const verb of API_VERBS) {
    group.addEndpoint(verb, {
      metadata: { schema: schemaOf(verb) },
      handler: (error, msg) => {
        if (error === null) answer({ verb, api, version, parts, checkClaim, msg, unanswered });
      },
    });
  }
  return {
    abandon: (problem) => {
      unanswered.refuseAll(problem);
      void service.stop();
    },
    close: async () => {
      await service.stop();
      await unanswered.settled(CLOSE_LIMIT_MS);
    },
  };
};

/** The package brings a core of its own, whose types are not ours; what it uses of a connection is the same. */
const add = (nc: NatsConnection, version: string): Promise<Service> =>
  new Svcm(nc as unknown as ConstructorParameters<typeof Svcm>[0]).add({
    name: NAME,
    version,
    description: 'Tasks of one cell: get, list, cancel, delete, wait, and the state of engine and workers.',
  });

interface Asked {
  readonly verb: ApiVerb;
  readonly api: QueryApi;
  readonly version: string;
  readonly parts: ApiServiceOptions['parts'];
  readonly checkClaim: CheckClaim;
  readonly msg: ServiceMsg;
  readonly unanswered: Unanswered;
}

const answer = ({ parts, msg, unanswered, ...question }: Asked): void => {
  const end = unanswered.begin((error) => refuse(msg, error));
  if (end === undefined) return;
  ask({ ...question, parts: parts?.(), request: textOf(msg.data) }, (result) => {
    if (!end()) return;
    const problem = problemIn(result);
    if (problem) refuse(msg, problem);
    else msg.respond(JSON.stringify(result));
  });
};

const problemIn = (result: object): Problem | undefined =>
  'error' in result && !('id' in result) ? (result.error as Problem) : undefined;
