import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import { BANDS, isBand } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { EngineApi, Offer, SubmitAnswer } from '@precedent/ports';
import { answerText, answersText, shortAnswers } from './answers.ts';
import { textOf } from './bytes.ts';
import { checkTask, parseTasks } from './check-task.ts';
import type { Envelope } from './check-task.ts';
import { Unanswered } from './door.ts';
import type { EngineDoor } from './door.ts';
import { drained, headerOf, listen } from './listen.ts';

export interface AskDoorOptions {
  readonly nc: NatsConnection;
  readonly api: Pick<EngineApi, 'submit'>;
  readonly subjects: Subjects;
}

/** Of several engines on one subject only one gets each request. */
const QUEUE = 'engine';

/**
 * The ask door: a request with one task, or an array of them, is answered after the commit with `{id, seq}` or `{error}`, or an
 * array of those in the same order. A bad task does not keep the others of its array out.
 */
export const openAskDoor = ({ nc, api, subjects }: AskDoorOptions): EngineDoor => {
  const unanswered = new Unanswered();
  const prefix = subjects.submit('*').length - 1;
  const subscription = listen(
    nc,
    subjects.submit('*'),
    (msg) => take({ msg, band: msg.subject.slice(prefix), api, unanswered }),
    QUEUE,
  );
  return {
    abandon: (problem) => {
      unanswered.refuseAll(problem);
      void drained(nc, subscription);
    },
    close: async () => {
      await drained(nc, subscription);
      await unanswered.settled();
    },
  };
};

interface Asked {
  readonly msg: Msg;
  readonly band: string;
  readonly api: Pick<EngineApi, 'submit'>;
  readonly unanswered: Unanswered;
}

const take = ({ msg, band, api, unanswered }: Asked): void => {
  if (!isBand(band)) return respond(msg, answerText({ error: unknownBand(band) }));
  const parsed = parseTasks(textOf(msg.data));
  if ('problem' in parsed) return respond(msg, answerText({ error: parsed.problem }));
  const { isList, values } = parsed;
  const { offers, refused } = sort(values, band, envelopeOf(msg));
  if (offers.length === 0) return reply(msg, isList, refused);
  const end = unanswered.begin((error) => respond(msg, answerText({ error })));
  if (end === undefined) return;
  api.submit(offers, (answers) => {
    if (end()) reply(msg, isList, merged(refused, answers));
  });
};

const envelopeOf = (msg: Msg): Envelope => ({
  bytes: msg.data.length,
  traceparent: headerOf(msg, 'traceparent'),
});

/** Tasks for the engine, and, at the place of each other one, its refusal. */
const sort = (values: readonly unknown[], band: Band, envelope: Envelope) => {
  const offers: Offer[] = [];
  const refused: (SubmitAnswer | undefined)[] = [];
  for (const value of values) {
    const checked = checkTask(value, envelope);
    if ('task' in checked) offers.push({ task: checked.task, band });
    refused.push('task' in checked ? undefined : { error: checked.problem });
  }
  return { offers, refused };
};

const merged = (
  refused: readonly (SubmitAnswer | undefined)[],
  answers: readonly SubmitAnswer[],
): readonly (SubmitAnswer | undefined)[] => {
  if (answers.length === refused.length) return answers;
  let next = 0;
  return refused.map((refusal) => refusal ?? answers[next++]);
};

const reply = (msg: Msg, isList: boolean, answers: readonly (SubmitAnswer | undefined)[]): void => {
  const known = answers.map((answer) => answer ?? NO_ANSWER);
  const [first = NO_ANSWER] = known;
  if (!isList) return respond(msg, answerText(first));
  try {
    respond(msg, answersText(known));
  } catch {
    // A thousand refusals with their reasons may be larger than a message may be.
    respond(msg, answersText(shortAnswers(known)));
  }
};

const NO_ANSWER: SubmitAnswer = {
  error: { code: 'INTERNAL', message: 'the engine gave no answer for this task' },
};

const respond = (msg: Msg, text: string): void => void msg.respond(text);

const unknownBand = (band: string): Problem => ({
  code: 'INVALID_REQUEST',
  message: `there is no band "${band}"; the bands are ${BANDS.join(', ')}`,
  issues: [{ field: 'band', message: `expected one of ${BANDS.join(', ')}, got "${band}"` }],
});
