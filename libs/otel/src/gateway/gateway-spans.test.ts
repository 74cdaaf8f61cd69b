import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../traces/span.ts';
import { gatewaySpans } from './gateway-spans.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const setup = (percent = 100) => {
  const spans: SpanRecord[] = [];
  return { spans, ...gatewaySpans({ percent, write: (span) => void spans.push(span) }) };
};

describe('the span of a request', () => {
  it('is below that of its client, and has another id', () => {
    const { begin, emit, spans } = setup(0);
    const span = begin(`00-${TRACE}-${SPAN}-01`);
    expect(span?.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-01$`));
    emit({
      name: 'http.request',
      at: 5,
      ms: 7,
      span,
      method: 'GET',
      route: '/api/v1/tasks/:id',
      status: 404,
    });
    expect(spans).toMatchObject([
      {
        name: 'GET /api/v1/tasks/:id',
        kind: 'server',
        startAt: 5,
        endAt: 12,
        parent: { traceId: TRACE, spanId: SPAN },
        attributes: { 'http.response.status_code': 404 },
      },
    ]);
    expect(spans[0]?.error).toBeUndefined();
    expect(span?.traceparent).toContain(spans[0]?.ref.spanId);
  });

  it('is left out where its client does not trace, and for a share of the others', () => {
    expect(setup(100).begin(`00-${TRACE}-${SPAN}-00`)).toBeUndefined();
    expect(setup(0).begin(undefined)).toBeUndefined();
    expect(setup(0).begin('nonsense')).toBeUndefined();
    const { begin, emit, spans } = setup(100);
    emit({ name: 'rpc.call', at: 1, ms: 1, span: begin('nonsense'), method: 'a/B', code: 'NOT_FOUND' });
    expect(spans).toMatchObject([{ name: 'a/B', parent: undefined, error: undefined }]);
  });

  it('has an error for what is our fault, and for a tool whose result is one', () => {
    const { begin, emit, spans } = setup();
    const request = () => ({ at: 1, ms: 1, span: begin(undefined) });
    emit({ name: 'http.request', ...request(), method: 'GET', route: '', status: 503 });
    emit({ name: 'rpc.call', ...request(), method: 'a/B', code: 'UNAVAILABLE' });
    emit({ name: 'mcp.request', ...request(), method: 'tools/call', tool: 'get_task', error: 'tool_error' });
    emit({ name: 'mcp.request', ...request(), method: 'tools/list', tool: undefined, error: undefined });
    emit({ name: 'stream.gap' });
    expect(spans.map(({ name, error }) => [name, error])).toEqual([
      ['GET', '503'],
      ['a/B', 'UNAVAILABLE'],
      ['tools/call get_task', 'tool_error'],
      ['tools/list', undefined],
    ]);
    expect(spans[2]?.attributes).toMatchObject({
      'gen_ai.tool.name': 'get_task',
      'error.type': 'tool_error',
    });
  });
});
