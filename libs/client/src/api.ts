import type { ApiVerb, Subjects } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import { bodyOf } from './answers.ts';
import type { Link } from './link.ts';
import { isSilence, request } from './link.ts';

/** The engine's API as requests, one per verb. */
export interface Api {
  readonly link: Link;
  readonly subjects: Subjects;
}

/**
 * One request to the engine, answered with JSON. Throws the error that the engine answers with, or ENGINE_UNREACHABLE when
 * nobody listens or nothing comes within `timeoutMs`.
 */
export const call = async (
  { link, subjects }: Api,
  verb: ApiVerb,
  body: object,
  timeoutMs: number,
): Promise<unknown> => {
  const answer = await request(link, subjects.api(verb), JSON.stringify(body), { timeoutMs });
  if (!isSilence(answer)) return bodyOf(answer);
  const fact = answer === 'timeout' ? `gave no answer within ${timeoutMs} ms` : 'is not there';
  throw new AppError('ENGINE_UNREACHABLE', `the engine ${fact} (${subjects.api(verb)})`);
};
