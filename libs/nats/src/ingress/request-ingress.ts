import type { SubmitReply } from '@precedent/contract-types';
import type { NatsConnection } from '@nats-io/nats-core';
import type { ServiceMsg } from '@nats-io/services';
import { SUBMIT_OPERATIONS, bandTokenIn, callerPattern } from '@precedent/contracts';
import type { Subjects } from '@precedent/contracts';
import { BANDS, cutText, isBand, problemOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import { OPEN_CALLER } from '@precedent/ports';
import type { EngineApi, Offer, TaskApi } from '@precedent/ports';
import { RequestAudit, afterAudit } from '../audit/request-audit.ts';
import { answerText, answersText, shortAnswers } from './answers.ts';
import { checkTask, parseTasks } from '../validation/check-task.ts';
import type { TaskOrigin, RawTask } from '../validation/check-task.ts';
import type { EngineIngress } from './in-flight.ts';
import { headerOf } from '../connection/listen.ts';
import { openMicroService } from '../services/micro-service.ts';
import { callerOf, senderOf } from '../services/caller-gate.ts';
import type { Gate } from '../services/caller-gate.ts';
import type { Endpoint, Responder } from '../services/micro-service.ts';
import { metadataOf } from '../services/operation-metadata.ts';

export interface RequestIngressOptions {
  readonly nc: NatsConnection;
  readonly engine: Pick<EngineApi, 'forCaller'>;
  readonly subjects: Subjects;
  /** The callers of the subjects with a credential; absent: they are not listened to. */
  readonly gate?: Gate | undefined;
  /** Of this program; a semantic version. */
  readonly version: string;
}

/** The queue group: of several engines only one gets each request. */
const QUEUE = 'engine';
/** For so long a stopping engine answers accepted tasks after their commit. Milliseconds. */
const CLOSE_LIMIT_MS = 5_000;

/**
 * The request ingress, a NATS micro service: a request with one task, or an array of them, is answered after the commit with `{id, seq}` or
 * `{error}`, or an array of those in the same order. An invalid task does not keep the other tasks of its array out.
 */
export const openRequestIngress = (options: RequestIngressOptions): Promise<EngineIngress> => {
  const { nc, subjects, version, gate } = options;
  const endpoint = (subject: string): Endpoint => ({
    subject,
    metadata: metadataOf(SUBMIT_OPERATIONS.submit),
    take: (msg, answer) => take(options, msg, answer),
  });
  return openMicroService({
    nc,
    version,
    name: 'precedent-submit',
    description: 'Takes tasks: a request holds one task, or an array of them, as JSON.',
    queue: QUEUE,
    closeLimitMs: CLOSE_LIMIT_MS,
    endpoints: {
      submit: endpoint(subjects.submit('*')),
      ...(gate && { callers: endpoint(callerPattern('submit.*', subjects.root)) }),
    },
  });
};

/** The tasks of the engine as the sender of a message may use them. */
const tasksFor = ({ engine, gate }: RequestIngressOptions, subject: string): Pick<TaskApi, 'submit'> => {
  const sender = senderOf(gate, subject);
  if (gate === undefined || sender === undefined) return engine.forCaller(OPEN_CALLER).tasks;
  return engine.forCaller(callerOf(sender, SUBMIT_OPERATIONS.submit, undefined, gate.now())).tasks;
};

const take = (options: RequestIngressOptions, msg: ServiceMsg, answer: Responder): void => {
  const audit = RequestAudit.of(options.gate, msg, SUBMIT_OPERATIONS.submit);
  try {
    submit({ options, msg, answer, audit });
  } catch (error) {
    const problem = problemOf(error);
    afterAudit(audit, [{ error: problem }], () => answer.refuse(problem));
  }
};

interface Submission {
  readonly options: RequestIngressOptions;
  readonly msg: ServiceMsg;
  readonly answer: Responder;
  readonly audit: RequestAudit | undefined;
}

const submit = ({ options, msg, answer, audit }: Submission): void => {
  const band = bandTokenIn(msg.subject, options.subjects.root);
  if (!isBand(band)) return answer.refuse(unknownBand(band));
  const tasks = tasksFor(options, msg.subject);
  const parsed = parseTasks(msg.data);
  if ('problem' in parsed) return answer.refuse(parsed.problem);
  const { isList, tasks: raw } = parsed;
  const { offers, refusals } = checkTasks(raw, band, envelopeOf(msg));
  const send = isList ? sendList : sendOne;
  const respond = (answers: Answers): void => afterAudit(audit, answers, () => send(answer, answers));
  if (offers.length === 0) return respond(refusals);
  tasks.submit(offers, (answers) => respond(merged(refusals, answers)));
};

const envelopeOf = (msg: ServiceMsg): TaskOrigin => ({
  bytes: msg.data.length,
  traceparent: headerOf(msg, 'traceparent'),
});

type Answers = readonly (SubmitReply | undefined)[];

/** The valid tasks as offers, and the refusals of the other ones, each at the index of its task. */
const checkTasks = (tasks: readonly RawTask[], band: Band, envelope: TaskOrigin) => {
  const offers: Offer[] = [];
  const refusals: (SubmitReply | undefined)[] = [];
  for (const task of tasks) {
    const checked = checkTask(task, envelope);
    if ('task' in checked) offers.push({ task: checked.task, band });
    refusals.push('task' in checked ? undefined : { error: checked.problem });
  }
  return { offers, refusals };
};

const merged = (refusals: Answers, answers: readonly SubmitReply[]): Answers => {
  if (answers.length === refusals.length) return answers;
  let next = 0;
  return refusals.map((refusal) => refusal ?? answers[next++]);
};

const sendOne = (answer: Responder, [first = NO_ANSWER]: Answers): void => {
  if ('error' in first) answer.refuse(first.error);
  else answer.send(answerText(first));
};

/** A list has no error headers. In the statistics it counts as an error when it contains one. */
const sendList = (answer: Responder, answers: Answers): void => {
  const known = answers.map((each) => each ?? NO_ANSWER);
  // A thousand refusals with their reasons may exceed the size of a message.
  answer.send(answersText(known), {
    problem: firstProblem(known),
    shorter: () => answersText(shortAnswers(known)),
  });
};

const firstProblem = (answers: readonly SubmitReply[]): Problem | undefined => {
  for (const answer of answers) if ('error' in answer) return answer.error;
  return undefined;
};

const NO_ANSWER: SubmitReply = {
  error: { code: 'INTERNAL', message: 'the engine gave no answer for this task' },
};

const BAND_CHARS = 40;

const unknownBand = (given: string): Problem => {
  const band = cutText(given, BAND_CHARS);
  return {
    code: 'INVALID_REQUEST',
    message: `there is no band "${band}"; the bands are ${BANDS.join(', ')}`,
    issues: [{ field: 'band', message: `expected one of ${BANDS.join(', ')}, got "${band}"` }],
  };
};
