import { afterAll, expect, it } from 'vitest';
import { closedCell } from './closed-cell.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

it('a list of tasks over HTTP goes on in the history, with each task once', async () => {
  const cell = await closedCell(stack);
  const ann = await cell.key('ann');
  await cell.grant('ann', { namespace: 'acme', project: 'web', role: 'viewer' });
  const ids = Array.from({ length: 7 }, (_, n) => `acme--${n}`);
  const task = { type: 'later', payload: {}, namespace: 'acme' };
  for (const id of ids) await cell.client.submit({ ...task, id, project: 'web' });
  await cell.client.submit({ ...task, id: 'acme--other', project: 'api' });
  await cell.caughtUp();
  const seen: string[] = [];
  let query: string | undefined = '';
  while (query !== undefined) {
    const response = await fetch(`${cell.http}/api/v1/tasks?namespace=acme&limit=3${query}`, {
      headers: { authorization: `Bearer ${ann.text}` },
    });
    expect(response.status).toBe(200);
    const { tasks, cursor } = (await response.json()) as { tasks: { id: string }[]; cursor?: string };
    seen.push(...tasks.map(({ id }) => id));
    query = cursor && `&cursor=${cursor}`;
  }
  expect(seen.toSorted()).toEqual(ids);
});
