import { Probe } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { aModelFolder } from './model-folder.arbitraries.ts';
import { findModel } from './model-files.ts';
import type { ModelSettings } from './model-settings.ts';
import { startThread } from './thread.ts';

const setup = async (settings: Partial<ModelSettings> = {}) => {
  const [answers, ends] = [new Probe<readonly [number, Float32Array | string]>(), new Probe<string>()];
  answers.arm();
  ends.arm();
  const found = await findModel();
  const model = { ...found, settings: { ...found.settings, ...settings } };
  const events = {
    answered: (n: number, result: Float32Array | string) => answers.hit([n, result]),
    ended: (reason: string) => ends.hit(reason),
  };
  return { thread: await startThread({ model, threads: 1 }, events), answers, ends };
};

const vectorsOf = async (texts: readonly string[], settings: Partial<ModelSettings> = {}) => {
  const { thread, answers } = await setup(settings);
  const vectors: Float32Array[] = [];
  for (const [n, text] of texts.entries()) {
    thread.send({ n, text });
    const [, vector] = await answers.next();
    if (vector instanceof Float32Array) vectors.push(vector);
  }
  await thread.close();
  return vectors;
};

const cosine = ([a, b]: readonly Float32Array[]): number =>
  (a ?? new Float32Array()).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);

describe('startThread', () => {
  it('embeds texts in a thread, and closes after the requests that were sent', async () => {
    const { thread, answers } = await setup();
    thread.send({ n: 7, text: 'a' });
    thread.send({ n: 8, text: 'a' });
    await thread.close();
    const [[first, one], [second, other]] = [await answers.next(), await answers.next()];
    expect([first, second]).toEqual([7, 8]);
    expect(one).toBeInstanceOf(Float32Array);
    expect(other).toEqual(one);
    await thread.close();
  });

  it('answers a text that the model refuses with the reason, and goes on', async () => {
    const { thread, answers } = await setup();
    thread.send({ n: 1, text: null as unknown as string });
    thread.send({ n: 2, text: 'a' });
    expect(await answers.next()).toEqual([1, expect.stringContaining('null') as string]);
    expect((await answers.next())[1]).toBeInstanceOf(Float32Array);
    await thread.close();
  });

  it('pools as the settings of the model say, with its prompt before the text', async () => {
    const [[mean], [cls]] = [
      await vectorsOf(['disk full']),
      await vectorsOf(['disk full'], { pooling: 'cls' }),
    ];
    expect(cosine([mean ?? new Float32Array(), cls ?? new Float32Array()])).toBeLessThan(0.95);
    expect(Math.hypot(...(cls ?? []))).toBeCloseTo(1);
    expect(await vectorsOf(['full'], { prompt: 'disk ' })).toEqual([mean]);
  });

  it('subtracts what the vectors of all texts have in common when the model is centred', async () => {
    const texts = [
      'Readiness probe failed: connection refused',
      'undefined reference to symbol in the linker',
    ];
    const [plain, centred] = [await vectorsOf(texts), await vectorsOf(texts, { isCentred: true })];
    expect(cosine(centred)).toBeLessThan(cosine(plain) - 0.02);
    expect(Math.hypot(...(centred[0] ?? []))).toBeCloseTo(1);
  });

  it('reports once that it ended without close', async () => {
    const { thread, ends } = await setup();
    thread.send({ n: 1, text: 'x' });
    thread.kill();
    expect(await ends.next()).toBe('it did not answer');
    await thread.close();
  });

  it('rejects when the model cannot be loaded', async () => {
    const model = await findModel({ dir: aModelFolder() });
    const events = { answered: () => undefined, ended: () => undefined };
    const refusal: unknown = await startThread({ model, threads: 1 }, events).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({
      code: 'EMBEDDER_UNAVAILABLE',
      message: expect.stringContaining(`the model ${model.dir} cannot be loaded: `) as string,
    });
    // A name that the thread does not have would hide the reason.
    expect(String(refusal)).not.toContain('is not defined');
  });
});
