import { describe, expect, it } from 'vitest';
import { findNatsServer } from './nats-binary.ts';

describe('findNatsServer', () => {
  it('finds the pinned program of this repository', async () => {
    expect(await findNatsServer({ env: {} })).toMatchObject({ version: '2.12.5', source: 'package' });
  });
});
