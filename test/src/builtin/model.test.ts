import { expect, it } from 'vitest';
import { aWorld, runPreempted } from './world.ts';

it('model.infer returns a few vectors in its result, and many in an object', async () => {
  using world = aWorld();
  const few = (await world.run('model.infer', { operation: 'embed', texts: ['a', 'b'] })) as {
    vectors: number[][];
  };
  expect(few).toMatchObject({ model: 'words', dimensions: 64 });
  expect(few.vectors.map((vector) => vector.length)).toEqual([64, 64]);
  const texts = Array.from({ length: 33 }, (_, i) => `text ${i}`);
  await expect(world.run('model.infer', { operation: 'embed', texts })).rejects.toMatchObject({
    message: expect.stringContaining(
      'payload.to: expected the name of an object for more than 32 texts; got 33',
    ),
  });
  await world.run('model.infer', { operation: 'embed', texts, to: 'vectors.json' });
  const stored = JSON.parse(
    new TextDecoder().decode(await world.objects.get('default/vectors.json')),
  ) as unknown[];
  expect(stored).toHaveLength(33);
});

it('model.infer compares one text with others', async () => {
  using world = aWorld();
  const payload = { operation: 'similarity', text: 'disk full', others: ['full disk', 'user login'] };
  const { scores } = (await world.run('model.infer', payload)) as { scores: number[] };
  expect(scores[0]).toBeCloseTo(1);
  expect(scores[1]).toBeLessThan(0.5);
});

it('model.infer assigns texts to the class with the nearest mean, or to none', async () => {
  using world = aWorld();
  const classes = { disk: ['disk full', 'no disk space'], login: ['login failed', 'wrong password'] };
  const payload = {
    operation: 'classify',
    texts: ['disk space gone', 'password wrong', 'zebra'],
    classes,
    minScore: 0.3,
  };
  const result = (await world.run('model.infer', payload)) as {
    classes: { class: string | null; margin: number }[];
  };
  expect(result.classes.map((one) => one.class)).toEqual(['disk', 'login', null]);
  expect(result.classes[0]?.margin).toBeGreaterThan(0);
});

it('model.infer embeds nothing twice when it is preempted between two batches', async () => {
  using world = aWorld();
  const texts = Array.from({ length: 100 }, (_, i) => `text word${i}`);
  const payload = { operation: 'embed', texts, to: 'v.json' };
  await world.run('model.infer', payload);
  const whole = await world.objects.get('default/v.json');
  world.embedder.texts.length = 0;
  const { yields } = await runPreempted(world, { type: 'model.infer', payload }, [1, 2, 1]);
  expect(yields).toBe(3);
  expect(world.embedder.texts).toEqual(texts);
  expect(await world.objects.get('default/v.json')).toEqual(whole);
});

it.each([
  [{ operation: 'embed', texts: [] }, 'payload.texts'],
  [{ operation: 'embed', texts: ['x'.repeat(32_001)] }, '<=32000'],
  [{ operation: 'classify', texts: ['a'], classes: { one: ['a'] } }, 'at least 2 classes'],
  [{ operation: 'generate' }, 'expected one of embed, similarity, classify; got "generate"'],
])('model.infer refuses %j', async (payload, text) => {
  using world = aWorld();
  await expect(world.run('model.infer', payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});
