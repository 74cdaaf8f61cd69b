import { LIMITS } from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { checkTask, parseTasks } from './check-task.ts';

const OWN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the check of a task at a door', () => {
  it('gives the task with durations in milliseconds', () => {
    const checked = checkTask({ type: 't', timeouts: { attempt: '2m' } }, { bytes: 50 });
    expect(checked).toEqual({ task: { type: 't', timeouts: { attempt: 120_000 } } });
  });

  it('takes the trace of the message where the task names none', () => {
    expect(checkTask({ type: 't' }, { bytes: 50, traceparent: TRACE })).toEqual({
      task: { type: 't', traceparent: TRACE },
    });
    expect(checkTask({ type: 't', traceparent: OWN }, { bytes: 50, traceparent: TRACE })).toEqual({
      task: { type: 't', traceparent: OWN },
    });
    for (const traceparent of ['x', `${TRACE}-more`, `${TRACE}\r\nevil: 1`, TRACE.toUpperCase()])
      expect(checkTask({ type: 't' }, { bytes: 50, traceparent })).toEqual({ task: { type: 't' } });
  });

  it('refuses a payload over the limit with both sizes, in bytes and not in characters', () => {
    const payload = 'ü'.repeat(LIMITS.payloadBytes / 2);
    const checked = checkTask({ type: 't', payload }, { bytes: LIMITS.payloadBytes + 100 });
    expect(checked).toMatchObject({
      problem: {
        code: 'PAYLOAD_TOO_LARGE',
        message: `payload: ${LIMITS.payloadBytes + 2} of at most ${LIMITS.payloadBytes} bytes`,
      },
    });
  });

  it('refuses a task that is over the limit without its payload being so', () => {
    const args = Array.from({ length: 20 }, () => 'x'.repeat(20_000));
    const checked = checkTask({ command: 'c', args }, { bytes: 400_100 });
    expect(checked).toMatchObject({ problem: { code: 'PAYLOAD_TOO_LARGE', issues: [{ field: 'task' }] } });
  });

  it('lets small tasks pass in a large message', () => {
    expect(checkTask({ type: 't' }, { bytes: 900_000 })).toEqual({ task: { type: 't' } });
  });
});

describe('reading a message at a door', () => {
  it('tells one task from a list of one', () => {
    expect(parseTasks('{"type":"t"}')).toEqual({ values: [{ type: 't' }], isList: false });
    expect(parseTasks('[{"type":"t"}]')).toEqual({ values: [{ type: 't' }], isList: true });
    expect(parseTasks('[]')).toEqual({ values: [], isList: true });
  });

  it('says that it is not JSON', () => {
    expect(parseTasks('{"type":')).toEqual({
      problem: { code: 'INVALID_TASK', message: 'the message is not JSON' },
    });
    expect(parseTasks('')).toHaveProperty('problem');
    expect(parseTasks('null')).toEqual({ values: [null], isList: false });
  });

  it('limits the number of tasks', () => {
    const text = JSON.stringify(Array.from({ length: LIMITS.tasksPerSubmission + 1 }, () => ({ type: 't' })));
    expect(parseTasks(text)).toMatchObject({ problem: { code: 'INVALID_REQUEST' } });
  });
});
