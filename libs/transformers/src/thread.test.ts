import { Probe } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { aModelFolder } from './model-folder.arbitraries.ts';
import { findModel } from './model-files.ts';
import { startThread } from './thread.ts';

const setup = async () => {
  const [answers, ends] = [new Probe<readonly [number, Float32Array | string]>(), new Probe<string>()];
  answers.arm();
  ends.arm();
  const model = await findModel();
  const events = {
    answered: (n: number, result: Float32Array | string) => answers.hit([n, result]),
    ended: (reason: string) => ends.hit(reason),
  };
  return { thread: await startThread({ model, threads: 1 }, events), answers, ends };
};

describe('startThread', () => {
  it('embeds in a thread, and ends after what it was sent', async () => {
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

  it('tells when it ends otherwise, once', async () => {
    const { thread, ends } = await setup();
    thread.send({ n: 1, text: 'x' });
    thread.kill();
    expect(await ends.next()).toBe('it did not answer');
    await thread.close();
  });

  it('rejects for a model that cannot be loaded', async () => {
    const model = await findModel({ dir: aModelFolder() });
    const events = { answered: () => undefined, ended: () => undefined };
    await expect(startThread({ model, threads: 1 }, events)).rejects.toMatchObject({
      code: 'EMBEDDER_UNAVAILABLE',
      message: expect.stringContaining(`the model ${model.dir} cannot be loaded: `) as string,
    });
  });
});
