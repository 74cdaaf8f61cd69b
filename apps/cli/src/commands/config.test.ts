import { describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';

describe('precedent config', () => {
  it('prints every value and where it comes from', async () => {
    const { out } = await runFake(['config', '-u', 'nats://x'], { env: { PRECEDENT_CELL: 'b' } });
    expect(out).toMatch(/^cell +env PRECEDENT_CELL +b$/m);
    expect(out).toMatch(/^nats\.url +flag +nats:\/\/x$/m);
    expect(out).toMatch(/^execution\.timeout +default +5m$/m);
  });
});
