import type { ApiVerb, EngineOperations, ReplyOf, Subjects } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { answerBody } from './answers.ts';
import type { Link } from './link.ts';
import { isNoAnswer, request } from './link.ts';

/** What requests to the services of Precedent go through. */
export interface Api {
  readonly link: Link;
  readonly subjects: Subjects;
  /** Before the id of each message to the stream ingress, so that no other client can send one with the same id first. Empty when left out. */
  readonly messagePrefix?: string;
}

export interface ServiceCall {
  readonly subject: string;
  readonly body: object;
  readonly timeoutMs: number;
  /** The service, as it is named in a message. */
  readonly service: string;
  /** The code of the error when the service does not answer. */
  readonly unavailable: ErrorCode;
}

/**
 * One request to a service, answered with JSON of the type that the caller names. Throws the error that the service answers with, or `unavailable` when it does not listen or
 * gives no answer in time.
 */
export const callService = async <T>(
  link: Link,
  { subject, body, timeoutMs, service, unavailable }: ServiceCall,
): Promise<T> => {
  const answer = await request(link, subject, JSON.stringify(body), { timeoutMs });
  if (!isNoAnswer(answer)) return answerBody(answer) as T;
  const fact = answer === 'timeout' ? `gave no answer within ${timeoutMs} ms` : 'is not there';
  throw new AppError(unavailable, `${service} ${fact} (${subject})`);
};

/** One request to the engine. Throws as `callService` does, with ENGINE_UNREACHABLE. */
export const call = <V extends ApiVerb>(
  { link, subjects }: Api,
  verb: V,
  body: object,
  timeoutMs: number,
): Promise<ReplyOf<EngineOperations[V]>> =>
  callService(link, {
    subject: subjects.api(verb),
    body,
    timeoutMs,
    service: 'the engine',
    unavailable: 'ENGINE_UNREACHABLE',
  });
