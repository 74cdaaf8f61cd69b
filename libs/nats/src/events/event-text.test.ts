import { subjectsOf } from '@precedent/contracts';
import type { FeedEvent } from '@precedent/ports';
import type { TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { eventBodyOf, classTexts } from './event-text.ts';

const CLASS: TaskClass = {
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'high',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
};

const EVENT: FeedEvent = {
  event: 'started',
  id: 't1',
  at: 1_790_000_000_000,
  class: CLASS,
  band: 'high',
  epoch: 3,
  attempt: 1,
  retries: 2,
};

const textOf = classTexts(subjectsOf());
const parsed = (event: FeedEvent): unknown => JSON.parse(eventBodyOf(event, textOf(event.class)));

const COMMON = {
  id: 't1',
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'high',
  at: 1_790_000_000_000,
  attempt: 1,
};

describe('the subject of an event', () => {
  it('is among those of its label when the task has one, and no subscription to events meets it', () => {
    const at = 'acme.web.document-process.';
    expect(textOf(CLASS).subject).toBe(`precedent.v1.events.${at}`);
    expect(textOf({ ...CLASS, security: 'secret' }).subject).toBe(`precedent.v1.labelled.secret.${at}`);
  });
});

describe('the text of an event', () => {
  it('has what every event has and nothing that does not apply', () => {
    expect(parsed(EVENT)).toEqual({ ...COMMON, event: 'started' });
  });

  it('has what applies', () => {
    expect(parsed({ ...EVENT, event: 'started', worker: 'w "1"' })).toMatchObject({ worker: 'w "1"' });
    expect(parsed({ ...EVENT, event: 'completed', result: { a: ['ü'] } })).toMatchObject({
      result: { a: ['ü'] },
    });
    expect(parsed({ ...EVENT, event: 'progress', fraction: 0.5, message: 'half\n' })).toEqual({
      ...COMMON,
      event: 'progress',
      fraction: 0.5,
      message: 'half\n',
    });
    const error = { code: 'HANDLER_FAILED', message: 'no' } as const;
    expect(parsed({ ...EVENT, event: 'retrying', error, dueAt: 5 })).toEqual({
      ...COMMON,
      event: 'retrying',
      error,
      retries: 2,
      dueAt: 5,
    });
    expect(parsed({ ...EVENT, event: 'cancelled', reason: 'why "so"' })).toMatchObject({
      reason: 'why "so"',
    });
  });

  it('puts the class into the subject, with one token for the type', () => {
    expect(textOf(CLASS).subject).toBe('precedent.v1.events.acme.web.document-process.');
    expect(textOf(CLASS)).toBe(textOf(CLASS));
  });

  it('has a placeholder for a task of the stream ingress that could not be read', () => {
    const { class: _, ...event } = { ...EVENT, event: 'rejected' as const };
    expect(textOf(undefined).subject).toBe('precedent.v1.events._._._.');
    expect(parsed(event)).toMatchObject({ namespace: '_', event: 'rejected' });
  });
});
