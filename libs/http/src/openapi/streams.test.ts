import { sequenceText } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { endFrame, eventFrame } from '../streams/frames.ts';
import { fullFrame } from '../streams/live-frame.ts';
import { openApiDocument } from './document.ts';

interface ItemSchema {
  readonly anyOf: readonly {
    readonly required: readonly string[];
    readonly properties: { readonly event: { readonly const: string } };
  }[];
}

const itemsOf = (path: string): ItemSchema => {
  const { paths } = openApiDocument('1.0.0') as {
    paths: Record<string, { get: { responses: Record<string, { content: Record<string, object> }> } }>;
  };
  const stream = paths[path]?.get.responses['200']?.content['text/event-stream'];
  return (stream as { itemSchema: ItemSchema }).itemSchema;
};

const nameIn = (frame: string): string => /^event: (\w+)$/m.exec(frame)?.[1] ?? 'message';

describe('the description of a stream', () => {
  it.each(['/api/v1/events', '/api/v1/tasks/{id}/events', '/api/v1/tasks/{id}/logs', '/api/v1/live'])(
    'has a schema for each kind of frame of %s',
    (path) => {
      const kinds = itemsOf(path).anyOf.map(({ properties }) => properties.event.const);
      expect(new Set(kinds).size).toBe(kinds.length);
      expect(kinds).toContain('end');
    },
  );

  it('knows the frames that are sent', () => {
    const at = sequenceText(1, 0);
    const view = { bands: {}, tasks: [], truncated: false } as unknown as Parameters<typeof fullFrame>[0];
    const sent = {
      '/api/v1/events': [eventFrame({ kind: 'gap', from: at, to: at }), endFrame(undefined)],
      '/api/v1/live': [fullFrame(view), endFrame(undefined)],
    };
    for (const [path, frames] of Object.entries(sent)) {
      const kinds = itemsOf(path).anyOf.map(({ properties }) => properties.event.const);
      for (const frame of frames) expect(kinds).toContain(nameIn(frame));
    }
  });

  it('requires the name of an event that has one, so that no frame meets two schemas', () => {
    for (const { required, properties } of itemsOf('/api/v1/events').anyOf)
      expect(required.includes('event')).toBe(properties.event.const !== 'message');
  });
});
