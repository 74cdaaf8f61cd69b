import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that looks like a model with four dimensions, and cannot be loaded. */
export const aModelFolder = (without: readonly string[] = [], name = 'tiny'): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'precedent-model-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const dir = path.join(root, name);
  mkdirSync(path.join(dir, 'onnx'), { recursive: true });
  const files = {
    'config.json': '{"hidden_size": 4, "model_type": "bert"}',
    'tokenizer.json': '{}',
    'tokenizer_config.json': '{}',
    'onnx/model_quantized.onnx': 'weights',
  };
  for (const [file, text] of Object.entries(files))
    if (!without.includes(file)) writeFileSync(path.join(dir, file), text);
  return dir;
};

export const WEIGHTS_SHA256 = createHash('sha256').update('weights').digest('hex');
