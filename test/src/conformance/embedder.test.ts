import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sqliteVectorCache } from '@precedent/sqlite';
import {
  SHIPPED_MODEL,
  TEXT_CHARS_MAX,
  cachedEmbedder,
  findModel,
  startEmbedder,
} from '@precedent/transformers';
import type { ThreadEmbedder } from '@precedent/transformers';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-embedder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
  Array.from(a ?? [], (value, i) => value * (b?.[i] ?? 0)).reduce((sum, product) => sum + product, 0);

describe('the shipped model', () => {
  let embedder: ThreadEmbedder;
  beforeAll(async () => {
    embedder = await startEmbedder();
  });
  afterAll(() => embedder.close());

  const one = async (text: string): Promise<Float32Array> => {
    const [vector] = await embedder.embed([text]);
    if (!vector) throw new Error('there is no vector');
    return vector;
  };

  it('returns unit vectors of its dimensions, in order', async () => {
    const texts = ['disk full', '', ' \n ', 'E'.repeat(300), '日本語 😀', 'disk full'];
    const vectors = await embedder.embed(texts);
    expect(vectors).toHaveLength(texts.length);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.model.dimensions);
      expect(cosine(vector, vector)).toBeCloseTo(1, 4);
    }
    expect(vectors[5]).toEqual(vectors[0]);
    expect(cosine(vectors[0], vectors[1])).toBeLessThan(0.9);
  });

  it('returns the same vector for a text in any batch', async () => {
    const alone = await one('the build failed: out of memory');
    const long = 'many other words '.repeat(60);
    const [, inCompany] = await embedder.embed([long, 'the build failed: out of memory', long]);
    expect(inCompany).toEqual(alone);
    expect(await embedder.queries.embed(['the build failed: out of memory'])).toEqual([alone]);
  });

  it('places texts of the same meaning closer than others', async () => {
    const failure = await one('No space left on device while writing the artifact');
    const same = await one('the disk was full when the output was saved');
    const other = await one('the user was granted access to the project');
    expect(cosine(failure, same)).toBeGreaterThan(cosine(failure, other) + 0.2);
  });

  it('embeds only the beginning of a long text, as much as its window holds', async () => {
    const window = 'alpha beta gamma delta '.repeat(70);
    expect(await one(`${window} and then something else entirely`)).toEqual(await one(window));
    expect(await one('x '.repeat(10_000))).toEqual(await one('x '.repeat(TEXT_CHARS_MAX / 2)));
    expect(await one(`${'alpha '.repeat(100)}omega`)).not.toEqual(await one('alpha '.repeat(100)));
  });

  it('serves a query while hundreds of documents wait', async () => {
    let areDone = false;
    const documents = embedder
      .embed(Array.from({ length: 300 }, (_, i) => `document ${i} of a long list of documents`))
      .then(() => (areDone = true));
    await embedder.queries.embed(['why did it fail?']);
    expect(areDone).toBe(false);
    await documents;
  });
});

describe('model files', () => {
  it('are refused when they are damaged, with a hint', async () => {
    const { dir } = await findModel();
    const copy = path.join(newFolder(), 'all-MiniLM-L6-v2');
    cpSync(dir, copy, { recursive: true });
    const weights = path.join(copy, 'onnx', 'model_quantized.onnx');
    const bytes = readFileSync(weights);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    writeFileSync(weights, bytes);
    const refused = startEmbedder({ dir: copy, sha256: SHIPPED_MODEL.sha256 });
    await expect(refused).rejects.toMatchObject({
      code: 'EMBEDDER_UNAVAILABLE',
      message: expect.stringMatching(/is not the pinned file.*install again with npm/) as string,
    });
    writeFileSync(weights, bytes.subarray(0, 1_000_000));
    await expect(startEmbedder({ dir: copy })).rejects.toMatchObject({ code: 'EMBEDDER_UNAVAILABLE' });
  });

  it('may be in any folder', async () => {
    const link = path.join(newFolder(), 'my model');
    symlinkSync((await findModel()).dir, link);
    const embedder = await startEmbedder({ dir: link, name: 'mine' });
    expect(embedder.model).toEqual({ name: 'mine', dimensions: 384 });
    await embedder.close();
  });
});

it('embeds a text once, also over a restart', async () => {
  const file = path.join(newFolder(), 'vectors.db');
  const texts = ['disk full', 'out of memory', 'disk full'];
  const rounds = [];
  for (let round = 0; round < 2; round++) {
    const cached = cachedEmbedder(await startEmbedder(), sqliteVectorCache({ file }));
    rounds.push({ vectors: await cached.embed(texts), counts: cached.counts() });
    await cached.close();
  }
  expect(rounds.map(({ counts }) => counts)).toEqual([
    { known: 1, embedded: 2 },
    { known: 3, embedded: 0 },
  ]);
  expect(rounds[1]?.vectors).toEqual(rounds[0]?.vectors);
});

it('works in a bundled program, which ends when the embedder is closed', async () => {
  const folder = newFolder();
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const source = path.join(folder, 'main.ts');
  writeFileSync(
    source,
    `import { startEmbedder } from '@precedent/transformers';
     const embedder = await startEmbedder();
     const [vector] = await embedder.embed(['disk full']);
     await embedder.close();
     console.log(JSON.stringify({ length: vector?.length, from: import.meta.filename }));`,
  );
  const build = await rolldown({
    input: source,
    platform: 'node',
    resolve: { conditionNames: ['precedent:source', 'node', 'import', 'default'] },
  });
  const file = path.join(folder, 'dist', 'main.mjs');
  await build.write({ format: 'esm', file, codeSplitting: false, minify: true });
  await build.close();
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({ length: 384, from: file });
});
