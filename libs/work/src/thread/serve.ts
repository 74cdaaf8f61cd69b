import { parentPort } from 'node:worker_threads';
import { ownValue, problemOf } from '@precedent/kernel';
import { BEGUN } from './messages.ts';
import type { AnswerMessage, CallMessage, CallTable } from './messages.ts';

/** The whole life of a thread: answers calls, one after the other, until it is ended from outside. */
export const serveCalls = (table: CallTable): void => {
  parentPort?.on('message', (message: CallMessage) => {
    parentPort?.postMessage(BEGUN);
    void answerOf(table, message).then((answer) => parentPort?.postMessage(answer));
  });
};

const answerOf = async (table: CallTable, { name, input }: CallMessage): Promise<AnswerMessage> => {
  try {
    const call = ownValue(table, name);
    if (call === undefined) throw new Error(`a thread knows no call ${name}`);
    return { output: await call(input as never) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
};
