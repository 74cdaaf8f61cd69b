import type { SubmitReply } from '@precedent/contract-types';
import { cutText } from '@precedent/kernel';

/** The answer to one task as JSON. Ids hold no character that JSON escapes. */
export const answerText = (answer: SubmitReply): string => {
  if ('error' in answer) return JSON.stringify({ error: answer.error });
  const duplicate = answer.duplicate ? ',"duplicate":true' : '';
  return `{"id":"${answer.id}","seq":${answer.seq}${duplicate}}`;
};

export const answersText = (answers: readonly SubmitReply[]): string => {
  let text = '';
  for (const answer of answers) text += (text === '' ? '[' : ',') + answerText(answer);
  return text === '' ? '[]' : `${text}]`;
};

const SHORT_CHARS = 120;

/** For answers that do not fit into one message: the same codes with shorter messages. */
export const shortAnswers = (answers: readonly SubmitReply[]): readonly SubmitReply[] =>
  answers.map((answer) =>
    'error' in answer
      ? { error: { code: answer.error.code, message: cutText(answer.error.message, SHORT_CHARS) } }
      : answer,
  );
