import { describe, expect, it } from 'vitest';
import { findQdrantServer } from './qdrant-binary.ts';

describe('findQdrantServer', () => {
  it('finds the pinned program of this repository', async () => {
    expect(await findQdrantServer({ env: {} })).toMatchObject({ version: '1.16.3', source: 'package' });
  });
});
