import { TaskRow } from '@precedent/tasks';
import type { TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import {
  decisionSpanRef,
  parseTraceparent,
  childSpanRef,
  roundSpanRef,
  runSpanRef,
  submitContextOf,
} from './ids.ts';

const [TRACE, SPAN] = ['0123456789abcdef0123456789abcdef', '0123456789abcdef'];

const row = (body: unknown, fields: { id?: string; at?: number } = {}): TaskRow => {
  const { id = 'T1', at = 5 } = fields;
  return new TaskRow({ id, at, class: {} as TaskClass, body: JSON.stringify(body), order: 1 });
};

describe('a trace context', () => {
  it('is read as W3C writes it, of this version and of later ones', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
    });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled).toBe(false);
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-03-more`)?.sampled).toBe(true);
  });

  it.each([
    '',
    'x',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-0`,
  ])('is none in %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('of a task is the one at the end of its body, not one in its payload', () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    expect(submitContextOf(row({ payload: 'x'.repeat(300), traceparent }))?.traceId).toBe(TRACE);
    expect(submitContextOf(row({ payload: { traceparent } }))).toBeUndefined();
    expect(submitContextOf(row({ payload: { n: 1 } }))).toBeUndefined();
  });
});

describe('the span of a run', () => {
  it('follows from the task and its epoch alone, for ever: other processes point at it', () => {
    expect(runSpanRef(row({}), 1)).toEqual({
      traceId: 'bc95bba5858d986e2d6cfc8499614ca2',
      spanId: 'cf7e6128c249e589',
    });
  });

  it('is in the trace of the submitter, if there is one', () => {
    expect(runSpanRef(row({ traceparent: `00-${TRACE}-${SPAN}-01` }), 1).traceId).toBe(TRACE);
  });

  it('is another one for each epoch, each task, and each time that a name is used again', () => {
    const refs = [
      runSpanRef(row({}), 1),
      runSpanRef(row({}), 2),
      runSpanRef(row({}, { id: 'T2' }), 1),
      runSpanRef(row({}, { at: 6 }), 1),
    ];
    expect(new Set(refs.map(({ spanId }) => spanId)).size).toBe(4);
    expect(new Set(refs.map(({ traceId }) => traceId)).size).toBe(3);
  });
});

describe('the span of a decision', () => {
  const [A, B] = ['01HZZZZZZZAAAAAAAAAAAAAAAA', '01HZZZZZZZAAAAAAAAAAAAAAAB'];

  it('follows from its id alone, for ever', () => {
    expect(decisionSpanRef('main', A)).toEqual({
      traceId: '78fb34fe27e8351a5f229a0177a2b411',
      spanId: 'f44a5515cae6d639',
    });
  });

  it('shares its trace with the decisions of its round, and with its round', () => {
    expect(decisionSpanRef('main', A).traceId).toBe(decisionSpanRef('main', B).traceId);
    expect(roundSpanRef('main', A, 'gpu').traceId).toBe(decisionSpanRef('main', B).traceId);
    expect(decisionSpanRef('main', A).spanId).not.toBe(decisionSpanRef('main', B).spanId);
    expect(roundSpanRef('main', A, 'gpu').spanId).not.toBe(roundSpanRef('main', A, 'cpu').spanId);
    expect(decisionSpanRef('main', A).traceId).not.toBe(decisionSpanRef('other', A).traceId);
  });
});

it('parts of a run are in its trace, each with a span of its own', () => {
  const run = runSpanRef(row({}), 1);
  expect(childSpanRef(run, 'settle').traceId).toBe(run.traceId);
  expect(
    new Set([run, childSpanRef(run, 'settle'), childSpanRef(run, 'resume')].map(({ spanId }) => spanId)).size,
  ).toBe(3);
});
