import { describe, expect, it } from 'vitest';
import { withoutCredentials } from './credentials.ts';

describe('withoutCredentials', () => {
  it.each([
    ['nats://me:secret@host:4222', 'nats://***@host:4222'],
    ['nats://token@a, nats://b:c@d', 'nats://***@a, nats://***@d'],
    ['nats://me:p@ss@host', 'nats://***@host'],
    ['http://host/a@b', 'http://host/a@b'],
    ['cannot reach https://u:p@h/x?y=1 now', 'cannot reach https://***@h/x?y=1 now'],
    ['no URL, me@home', 'no URL, me@home'],
  ])('%s becomes %s', (text, masked) => {
    expect(withoutCredentials(text)).toBe(masked);
  });
});
