import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endClis } from '../e2e/cli.ts';
import { startAgentCell } from './cell.ts';
import { CANARY, HOSTILE_TEXTS } from './hostile-texts.ts';

const FENCE = /^The following was written by tasks[^\n]*It ends at (end-of-untrusted-[0-9a-f]{24})\.\n/;

/** A text without what is in its fence. Throws when something is behind its end. */
const outsideFence = (text: string): string => {
  const [first, mark] = FENCE.exec(text) ?? [];
  if (first === undefined || mark === undefined) return text;
  const inner = text.slice(first.length);
  if (inner.indexOf(mark) !== inner.length - mark.length) throw new Error('the fence ends too early');
  return first;
};

/** All of a result that is not marked as written by tasks. */
const ours = ({ content, structuredContent }: CallToolResult): string => {
  const { untrusted: _, ...own } = (structuredContent ?? {}) as Record<string, unknown>;
  const texts = content.map((one) => (one.type === 'text' ? outsideFence(one.text) : JSON.stringify(one)));
  return [...texts, JSON.stringify(own)].join('\n');
};

const untrustedIn = ({ structuredContent }: CallToolResult): readonly { path: string; text: string }[] =>
  (structuredContent as { untrusted?: { path: string; text: string }[] } | undefined)?.untrusted ?? [];

/** This one fails, and waits to be tried again. */
const WAITING = 5;

const CONTROL = /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069]/u;

describe('what hostile tasks wrote', () => {
  let cell: Awaited<ReturnType<typeof startAgentCell>>;
  let agent: Client;
  const ids = HOSTILE_TEXTS.map((_, n) => `hostile-${n}`);
  const call = async (name: string, args: Record<string, unknown>): Promise<CallToolResult> =>
    (await agent.callTool({ name, arguments: args })) as CallToolResult;

  beforeAll(async () => {
    cell = await startAgentCell();
    agent = await cell.agent();
    for (const [n, text] of HOSTILE_TEXTS.entries())
      await call('submit_task', {
        id: ids[n],
        name: text.slice(0, 150),
        labels: { note: text.slice(0, 150), [text.slice(0, 100)]: 'name' },
        command: 'sh',
        args: [
          '-c',
          `printf '%s\\n' "$TEXT" "$TEXT" >&2; printf %s "$TEXT"; exit ${n % 2}`,
          text.slice(0, 200),
        ],
        env: { TEXT: text },
        retry: { max: n % 5 === 0 ? 1 : 0, delay: n === WAITING ? '1h' : 0 },
      });
    for (const id of ids.filter((_, n) => n !== WAITING)) await call('wait_task', { id, timeoutMs: 30_000 });
  }, 180_000);
  afterAll(async () => {
    await agent.close();
    await cell.stop();
    endClis();
  });

  it.each(['get_task', 'wait_task', 'explain_task', 'get_history', 'get_logs'])(
    'is in the fence of %s, and no byte of it outside',
    async (name) => {
      expect(HOSTILE_TEXTS.length).toBeGreaterThanOrEqual(200);
      for (const id of ids) {
        const args = { id, ...(name === 'wait_task' && { timeoutMs: 10 }) };
        const result = await call(name, args);
        expect(ours(result), `${name} ${id}`).not.toContain(CANARY);
        const untrusted = untrustedIn(result);
        expect(JSON.stringify(untrusted), `${name} ${id}`).toContain(CANARY);
        for (const { text } of untrusted) {
          expect(text.length).toBeLessThanOrEqual(4_000);
          expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(CONTROL);
        }
      }
    },
    180_000,
  );

  it.each([
    ['list_tasks', { limit: 1_000 }],
    ['list_history', { limit: 200 }],
    ['find_words', { text: CANARY }],
    ['list_events', { limit: 500 }],
    ['list_decisions', {}],
    ['get_stats', {}],
    ['get_status', {}],
    ['list_workers', {}],
  ])('is outside of nothing that %s answers', async (name, args) => {
    const result = await call(name, args);
    expect(result.isError, JSON.stringify(result.content)).toBeFalsy();
    expect(ours(result)).not.toContain(CANARY);
  });

  it('is in the fence of resources', async () => {
    for (const id of ids.slice(0, 60))
      for (const uri of [`task://${id}`, `task://${id}/logs`, `preemption://${id}`]) {
        const { contents } = await agent.readResource({ uri });
        for (const one of contents)
          expect(outsideFence('text' in one ? one.text : ''), uri).not.toContain(CANARY);
      }
    const { contents } = await agent.readResource({ uri: 'queue://critical' });
    for (const one of contents) expect(outsideFence('text' in one ? one.text : '')).not.toContain(CANARY);
  });

  it('is in no name, description or prompt', async () => {
    const lists = [await agent.listTools(), await agent.listPrompts(), await agent.listResources()];
    const prompt = await agent.getPrompt({ name: 'diagnose_failure', arguments: { id: 'hostile-1' } });
    expect(JSON.stringify([...lists, prompt, agent.getInstructions()])).not.toContain(CANARY);
  });
});
