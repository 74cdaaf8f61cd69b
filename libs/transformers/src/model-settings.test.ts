import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { aModelFolder } from './model-folder.arbitraries.ts';
import { settingsIn } from './model-settings.ts';

const POOLING = '1_Pooling/config.json';
const PROMPTS = 'config_sentence_transformers.json';

const settingsWith = (files: Readonly<Record<string, string>>) => {
  const dir = aModelFolder();
  mkdirSync(path.join(dir, '1_Pooling'));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(dir, file), text);
  return settingsIn(dir);
};

describe('settingsIn', () => {
  it('takes the mean of all tokens and no prompt where the folder says nothing', async () => {
    expect(await settingsIn(aModelFolder())).toEqual({ pooling: 'mean', prompt: '', isCentred: true });
    expect(await settingsWith({ [PROMPTS]: '{"prompts": {"query": "q: "}}' })).toMatchObject({ prompt: '' });
  });

  it('reads pooling and the default prompt as sentence-transformers writes them', async () => {
    const files = {
      [POOLING]:
        '{"word_embedding_dimension": 4, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}',
      [PROMPTS]: '{"prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": "query"}',
    };
    expect(await settingsWith(files)).toEqual({ pooling: 'cls', prompt: 'query: ', isCentred: true });
    expect(await settingsWith({ [POOLING]: '{"pooling_mode_mean_tokens": true}' })).toMatchObject({
      pooling: 'mean',
    });
  });

  it.each([
    ['{"pooling_mode_max_tokens": true}', 'names pooling_mode_max_tokens'],
    ['{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}', 'cls_token, pooling_mode_mean'],
    ['{}', 'names no pooling'],
    ['nonsense', 'is no JSON'],
  ])('refuses the pooling %s', async (text, fact) => {
    await expect(settingsWith({ [POOLING]: text })).rejects.toMatchObject({
      code: 'EMBEDDER_UNAVAILABLE',
      message: expect.stringContaining(fact) as string,
    });
  });
});
