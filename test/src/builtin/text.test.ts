import { expect, it } from 'vitest';
import { aWorld } from './world.ts';

const work = async (payload: object): Promise<unknown> => {
  using world = aWorld();
  world.write({ 'a.md': '# One\n\nfirst\n\n# Two\n\nsecond\n' });
  return await world.run('text.process', payload);
};

it('text.process counts when the payload names no operation', async () => {
  expect(await work({ text: 'a b', operations: ['words'] })).toEqual({ words: 2 });
  expect(await work({ path: 'a.md', operations: ['lines'] })).toEqual({ lines: 7 });
  expect(await work({ operation: 'stats', text: 'a b' })).toMatchObject({ words: 2, lines: 1 });
});

it('text.process normalises', async () => {
  const text = '  Café\r\n\r\n\r\n\r\nﬁn\t x ';
  expect(await work({ operation: 'normalise', text })).toEqual({ text: 'Café\n\nﬁn x' });
  const all = { form: 'NFKC', lowercase: true, accents: 'strip' };
  expect(await work({ operation: 'normalise', text, ...all })).toEqual({ text: 'cafe\n\nfin x' });
});

it('text.process splits a file into the chunks that indexing would make', async () => {
  expect(await work({ operation: 'split', path: 'a.md' })).toEqual({
    chunks: [
      { heading: 'One', text: 'first' },
      { heading: 'Two', text: 'second' },
    ],
  });
});

it('text.process extracts the matches of a pattern', async () => {
  const text = 'a=1, b=22, c=';
  expect(await work({ operation: 'extract', text, pattern: '(?<name>[a-z])=(\\d+)?', limit: 2 })).toEqual({
    matches: [
      { at: 0, text: 'a=1', groups: ['a', '1'], named: { name: 'a' } },
      { at: 5, text: 'b=22', groups: ['b', '22'], named: { name: 'b' } },
    ],
    truncated: true,
  });
});

it('text.process ends a pattern that would never finish, and does not block meanwhile', async () => {
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const text = `${'a'.repeat(40)}!`;
  await expect(
    work({ operation: 'extract', text, pattern: '^(a+)+$', timeoutMs: 300 }),
  ).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: 'payload.pattern: expected all matches within 300 ms; it was not done by then',
  });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(20);
});

it('text.process ends a pattern when the attempt is stopped', async () => {
  using world = aWorld();
  const payload = { operation: 'extract', text: `${'a'.repeat(40)}!`, pattern: '^(a+)+$', timeoutMs: 10_000 };
  const attempt = world.start('text.process', payload);
  const ran = attempt.run();
  setImmediate(() => attempt.stop());
  await expect(ran).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('text.process summarises with sentences of the text itself', async () => {
  const text = 'The river runs. Dr. Who saw the river! Then the sea.';
  expect(await work({ operation: 'summarise', text, sentences: 2, keywords: 1 })).toEqual({
    method: 'leading-sentences',
    sentences: ['The river runs.', expect.stringContaining('Dr.')],
    keywords: [{ term: 'river', count: 2 }],
  });
});

it.each([
  [{ operation: 'summarize', text: 'a' }, 'did you mean "summarise"?'],
  [{ operation: 'extract', text: 'a', pattern: '(' }, 'payload.pattern: Invalid regular expression'],
  [{ operation: 'extract', text: 'a', pattern: 'a', timeoutMs: 60_000 }, '<=10000, got 60000'],
  [{ operation: 'split' }, 'payload.text: expected either a text or a path'],
  [{ operation: 'split', path: '/etc/hostname' }, 'outside the folders'],
  [{ operation: 'split', path: 'none.md' }, 'none.md is missing'],
])('text.process refuses %j', async (payload, text) => {
  await expect(work(payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});

it('text.process refuses a result that is too large for a report', async () => {
  await expect(work({ operation: 'normalise', text: 'ab '.repeat(90_000) })).rejects.toMatchObject({
    code: 'RESULT_TOO_LARGE',
  });
});
