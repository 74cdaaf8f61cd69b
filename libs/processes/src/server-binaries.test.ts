import { describe, expect, it } from 'vitest';
import { findNatsServer, findQdrantServer } from './server-binaries.ts';

describe('findNatsServer', () => {
  it('finds the pinned program of this repository', async () => {
    expect(await findNatsServer({ env: {} })).toMatchObject({ version: '2.12.5', source: 'package' });
  });
});

describe('findQdrantServer', () => {
  it('finds the pinned program of this repository', async () => {
    expect(await findQdrantServer({ env: {} })).toMatchObject({ version: '1.16.3', source: 'package' });
  });
});
