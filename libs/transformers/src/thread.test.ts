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
