import { describe, expect, it } from 'vitest';
import type { TaskSpec } from '@precedent/contracts';
import type { EncodedTask } from './encode-task.ts';
import { encodeTask } from './encode-task.ts';

const encoded = (spec: unknown, maxPayload = 1_000_000): EncodedTask =>
  encodeTask(spec as TaskSpec, { index: 0, newId: () => 'NEW', maxPayload });

describe('encodeTask', () => {
  it('writes the task with the id that it has, or with a new one', () => {
    expect(encoded({ id: 'a', type: 'echo' })).toEqual({
      index: 0,
      id: 'a',
      band: 'normal',
      text: '{"id":"a","type":"echo"}',
    });
    expect(JSON.parse(encoded({ type: 'echo', payload: { id: 'inner' } }).text)).toEqual({
      id: 'NEW',
      type: 'echo',
      payload: { id: 'inner' },
    });
    expect(encoded({}).text).toBe('{"id":"NEW"}');
    expect(encoded({ id: undefined, type: 'echo' }).text).toBe('{"id":"NEW","type":"echo"}');
  });

  it.each([
    [{ band: 'critical', origin: 'background' }, 'critical'],
    [{ origin: 'background' }, 'low'],
    [{ band: 'urgent' }, 'normal'],
    [{ origin: 'somewhere' }, 'normal'],
  ])('sends %j to the ingress of band %s', (spec, band) => {
    expect(encoded(spec).band).toBe(band);
  });

  it.each([[null], ['text'], [[1]], [undefined], [new Date(0)]])('refuses %j, which is no task', (spec) => {
    expect(() => encoded(spec)).toThrow(/task/);
  });

  it('names the field that JSON cannot hold, and takes a payload of as many levels as the wire', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(() => encoded({ payload: { ids: new Set() } })).toThrow('payload.ids: a Set has no JSON form');
    expect(() => encoded({ payload: nested(256) })).not.toThrow();
    expect(() => encoded({ payload: nested(257) })).toThrow('nested deeper than 256 levels');
  });

  it('refuses a payload, and a task, beyond the limit of the wire or of the server', () => {
    expect(() => encoded({ payload: 'x'.repeat(256 * 1024) })).toThrow(
      'the payload has more than 262144 bytes',
    );
    expect(() => encoded({ args: ['x'.repeat(400_000)] })).toThrow('the task has more than 327680 bytes');
    expect(() => encoded({ payload: 'x'.repeat(1_000) }, 1_000)).toThrow('the task has more than 1000 bytes');
  });
});
