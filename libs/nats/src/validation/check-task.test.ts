import { LIMITS } from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { checkTask, parseTasks } from './check-task.ts';

const OWN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const parse = (text: string) => parseTasks(Buffer.from(text));
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the check of a task at an ingress', () => {
  it('gives the task with durations in milliseconds', () => {
    const checked = checkTask({ value: { type: 't', timeouts: { attempt: '2m' } } }, { bytes: 50 });
    expect(checked).toEqual({ task: { type: 't', timeouts: { attempt: 120_000 } } });
  });

  it('takes the trace of the message where the task names none', () => {
    expect(checkTask({ value: { type: 't' } }, { bytes: 50, traceparent: TRACE })).toEqual({
      task: { type: 't', traceparent: TRACE },
    });
    expect(checkTask({ value: { type: 't', traceparent: OWN } }, { bytes: 50, traceparent: TRACE })).toEqual({
      task: { type: 't', traceparent: OWN },
    });
    for (const traceparent of ['x', `${TRACE}-more`, `${TRACE}\r\nevil: 1`, TRACE.toUpperCase()])
      expect(checkTask({ value: { type: 't' } }, { bytes: 50, traceparent })).toEqual({
        task: { type: 't' },
      });
  });

  it('refuses a payload over the limit with both sizes, in bytes and not in characters', () => {
    const payload = 'ü'.repeat(LIMITS.payloadBytes / 2);
    const checked = checkTask({ value: { type: 't', payload } }, { bytes: LIMITS.payloadBytes + 100 });
    expect(checked).toMatchObject({
      problem: {
        code: 'PAYLOAD_TOO_LARGE',
        message: `payload: ${LIMITS.payloadBytes + 2} of at most ${LIMITS.payloadBytes} bytes`,
      },
    });
  });

  it('refuses a task that is over the limit without its payload being so', () => {
    const args = Array.from({ length: 20 }, () => 'x'.repeat(20_000));
    const checked = checkTask({ value: { command: 'c', args } }, { bytes: 400_100 });
    expect(checked).toMatchObject({ problem: { code: 'PAYLOAD_TOO_LARGE', issues: [{ field: 'task' }] } });
  });

  it('lets small tasks pass in a large message', () => {
    expect(checkTask({ value: { type: 't' } }, { bytes: 900_000 })).toEqual({ task: { type: 't' } });
  });
});

describe('reading a message at an ingress', () => {
  it('tells one task from a list of one', () => {
    expect(parse('{"type":"t"}')).toMatchObject({ tasks: [{ value: { type: 't' } }], isList: false });
    expect(parse('[{"type":"t"}]')).toMatchObject({ tasks: [{ value: { type: 't' } }], isList: true });
  });

  it('says that it is not JSON', () => {
    expect(parse('{"type":')).toEqual({
      problem: { code: 'INVALID_TASK', message: 'the message is not JSON' },
    });
    expect(parse('')).toHaveProperty('problem');
    expect(parse('null')).toMatchObject({ tasks: [{ value: null }], isList: false });
    expect(parseTasks(Buffer.from([0x22, 0xc3, 0x22]))).toMatchObject({
      problem: { code: 'INVALID_TASK', message: 'the message is not UTF-8' },
    });
    expect(parse('"\ufffd"')).toMatchObject({ tasks: [{ value: '\ufffd' }] });
  });

  it('refuses a list without tasks', () => {
    expect(parse('[]')).toMatchObject({ problem: { code: 'INVALID_REQUEST', issues: [{ field: 'tasks' }] } });
  });

  it('refuses only the tasks of a list that are not what they say, each with its field', () => {
    const parsed = parse(
      String.raw`[{"type":"t"},{"payload":{"id":12345678901234567890}},{"type":"t"},{"name":"x\ud83d","payload":1e999}]`,
    );
    if ('problem' in parsed) throw new Error('expected tasks');
    expect(parsed.tasks.map(({ problem }) => problem?.issues?.[0]?.field)).toEqual([
      undefined,
      'payload.id',
      undefined,
      'name',
    ]);
    expect(checkTask(parsed.tasks[1] ?? { value: 0 }, { bytes: 100 })).toMatchObject({
      problem: { code: 'INVALID_TASK', message: expect.stringContaining('12345678901234567890') },
    });
  });

  it('refuses a payload that is nested too deeply, at any depth', () => {
    const nested = (levels: number): string =>
      `{"type":"t","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const taskOf = (text: string) => {
      const parsed = parse(text);
      return 'problem' in parsed
        ? parsed
        : checkTask(parsed.tasks[0] ?? { value: 0 }, { bytes: text.length });
    };
    expect(taskOf(nested(LIMITS.depth))).toHaveProperty('task');
    expect(taskOf(nested(LIMITS.depth + 1))).toMatchObject({ problem: { issues: [{ field: 'payload' }] } });
    expect(taskOf(nested(100_000))).toMatchObject({ problem: { code: 'INVALID_TASK' } });
  });

  it('measures a payload as it is written again', () => {
    const text = `{"type":"t","payload":[${Array.from({ length: 50_000 }, () => '1e20').join(',')}]}`;
    const parsed = parse(text);
    if ('problem' in parsed) throw new Error('expected a task');
    expect(checkTask(parsed.tasks[0] ?? { value: 0 }, { bytes: text.length })).toMatchObject({
      problem: { code: 'PAYLOAD_TOO_LARGE', issues: [{ field: 'payload' }] },
    });
  });

  it('limits the number of tasks', () => {
    const text = JSON.stringify(Array.from({ length: LIMITS.tasksPerSubmission + 1 }, () => ({ type: 't' })));
    expect(parse(text)).toMatchObject({ problem: { code: 'INVALID_REQUEST' } });
  });
});
