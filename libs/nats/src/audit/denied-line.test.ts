import { describe, expect, it } from 'vitest';
import { deniedIn } from './denied-line.ts';

const AT = '[4788] 2026/11/30 21:16:05.827855 [ERR]';

/** Written by nats-server 2.12.5, 2.14.0 and 2.15.1, which differ in nothing here. */
const LINES = [
  [
    `${AT} 127.0.0.1:32828 - cid:16 - "v3.4.0:nats.js" - "PRECEDENT_CLIENTS/user:oBTWgHGbWE" - Publish Violation - Subject "$JS.API.INFO"`,
    { operation: 'publish', credential: 'oBTWgHGbWE', host: '127.0.0.1', subject: '$JS.API.INFO' },
  ],
  [
    `${AT} [::1]:32828 - cid:16 - "v3.4.0:nats.js" - "PRECEDENT_WORKERS/user:oBTWgHGbWE" - Subscription Violation - Subject "_INBOX_other.>", SID 1`,
    { operation: 'subscribe', credential: 'oBTWgHGbWE', host: '[::1]', subject: '_INBOX_other.>' },
  ],
  [
    `${AT} 127.0.0.1:40628 - wid:6 - "A/user:u1" - Subscription Violation - Subject "bad", Queue: "a-\\"x\\\\y", SID 1`,
    { operation: 'subscribe', credential: 'u1', host: '127.0.0.1', subject: 'bad' },
  ],
  [
    `${AT} 127.0.0.1:57760 - cid:7 - "v3.4.0:nats.js" - "A/nkey:UAWKNSPM" - Publish Violation - Subject "foo.\\"bar%s\\x1b[1m.é"`,
    { operation: 'publish', credential: 'UAWKNSPM', host: '127.0.0.1', subject: 'foo.\\"bar%s\\x1b[1m.é' },
  ],
  [
    `${AT} 127.0.0.1:40628 - cid:6 - "A/user:u1" - Subscription Violation - Subject "a%!\\(MISSING)"%!n(MISSING)", SID 2`,
    { operation: 'subscribe', credential: 'u1', host: '127.0.0.1', subject: 'a%!\\(MISSING)' },
  ],
] as const;

describe('a line in which nats-server denies something', () => {
  it.each(LINES)('is read: %s', (line, denied) => {
    expect(deniedIn(line)).toEqual(denied);
  });

  it.each([
    `"A/user:victim"`,
    `"v1:x\\" - \\"A/user:victim\\" - Publish Violation - Subject \\"x\\""`,
    `"x%!\\(MISSING)" - %!\\(MISSING)"A/user:victim%!\\(MISSING)" - Publish Violation - Subject "x"`,
    `"x" - "A/user:victim" - Publish Violation - Subject "x"`,
  ])('is of the user that the server names, whatever the client calls itself: %s', (name) => {
    const line = `${AT} 127.0.0.1:1 - cid:7 - ${name} - "A/user:u1" - Publish Violation - Subject "bad"`;
    expect(deniedIn(line)).toMatchObject({ credential: 'u1', subject: 'bad' });
  });

  it('counts without a user where the form is another one', () => {
    const line = `${AT} 127.0.0.1:1 - cid:7 - Publish Violation - User "u1", Subject "bad"`;
    expect(deniedIn(line)).toEqual({
      operation: 'publish',
      credential: undefined,
      host: '127.0.0.1',
      subject: 'User "u1", Subject "bad"',
    });
  });

  it('keeps a long subject short, and is read as quickly as it is long', () => {
    const line = `${AT} 127.0.0.1:1 - cid:7 - "${'"A/'.repeat(10_000)}" - "A/user:u1" - Publish Violation - Subject "${'x'.repeat(30_000)}"`;
    expect(deniedIn(line)).toMatchObject({ credential: 'u1' });
    expect(deniedIn(line)?.subject.length).toBeLessThanOrEqual(200);
  });

  it.each([
    '',
    `[4788] 2026/11/30 21:16:05.740926 [INF] Listening for client connections on 127.0.0.1:41465`,
    `${AT} 127.0.0.1:1 - cid:7 - authentication error`,
    `[4788] 2026/11/30 21:16:05.740926 [INF] 127.0.0.1:1 - cid:7 - "A/user:u1" - Publish Violation - Subject "bad"`,
  ])('is none other: %s', (line) => {
    expect(deniedIn(line)).toBeUndefined();
  });
});
