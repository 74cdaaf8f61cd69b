import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_DENY, hostRules } from './host-rules.ts';

interface Lists {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly internal?: readonly string[];
}

const isAllowed = (
  { allow = [], deny = [], internal }: Lists,
  host: string,
  address: string,
  port = 443,
): boolean => {
  const rules = hostRules({ allow, deny, internal });
  const target = { host, port };
  return rules.refuseName(target) === undefined && rules.refuseAddresses(target, [address]) === undefined;
};

test.each<[lists: Lists, host: string, address: string, allowed: boolean]>([
  [{}, 'example.com', '93.184.216.34', true],
  [{ allow: ['example.com'] }, 'example.com', '93.184.216.34', true],
  [{ allow: ['example.com'] }, 'EXAMPLE.com.', '93.184.216.34', true],
  [{ allow: ['example.com'] }, 'www.example.com', '93.184.216.34', false],
  [{ allow: ['example.com'] }, 'notexample.com', '93.184.216.34', false],
  [{ allow: ['*.example.com'] }, 'a.b.example.com', '93.184.216.34', true],
  [{ allow: ['*.example.com'] }, 'example.com', '93.184.216.34', false],
  [{ allow: ['*.example.com'] }, 'badexample.com', '93.184.216.34', false],
  [{ allow: ['*.münchen.de'] }, 'www.xn--mnchen-3ya.de', '93.184.216.34', true],
  [{ allow: ['10.0.0.0/8'] }, 'inside.local', '10.9.8.7', true],
  [{ allow: ['10.0.0.0/8'] }, 'outside.local', '11.0.0.1', false],
  [{ allow: ['example.com:8443'] }, 'example.com', '93.184.216.34', false],
  [{ allow: ['example.com:443'] }, 'example.com', '93.184.216.34', true],
  [{ allow: ['10.0.0.1:443'] }, '10.0.0.1', '10.0.0.1', true],
  [{ allow: ['[::1]:443'] }, '::1', '::1', true],
  [{ allow: ['[::1]:80'] }, '::1', '::1', false],
  [{ allow: ['fd00::/8'] }, 'inside.local', 'fd12::1', true],
  [{ allow: ['*'], deny: ['example.com'] }, 'example.com', '93.184.216.34', false],
  [{ allow: ['example.com'], deny: ['93.184.0.0/16'] }, 'example.com', '93.184.216.34', false],
  [{ deny: ['*:22'] }, 'example.com', '93.184.216.34', true],
  [{ deny: ['*:443'] }, 'example.com', '93.184.216.34', false],
  [{ internal: [] }, 'example.com', '93.184.216.34', true],
  [{ internal: [] }, 'example.com', '2606:2800:220:1:248:1893:25c8:1946', true],
  [{}, 'inside.local', '10.0.0.1', true],
  ...[
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.1.2.3',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1%eth0',
    'ff02::1',
  ].map((address): [Lists, string, string, boolean] => [{ internal: [] }, 'a.example', address, false]),
  [{ internal: ['inside.local'] }, 'inside.local', '10.0.0.1', true],
  [{ internal: ['inside.local'] }, 'outside.local', '10.0.0.1', false],
  [{ internal: ['127.0.0.0/8'] }, 'localhost', '127.0.0.1', true],
  [{ internal: ['127.0.0.0/8'] }, 'localhost', '::1', false],
  [{ internal: ['10.0.0.1:443'] }, 'inside.local', '10.0.0.1', true],
  [{ internal: ['10.0.0.1:80'] }, 'inside.local', '10.0.0.1', false],
  [{ internal: ['*'], deny: DEFAULT_DENY }, 'metadata', '169.254.169.254', false],
  [{ internal: ['inside.local'], allow: ['example.com'] }, 'inside.local', '10.0.0.1', false],
  [{ deny: DEFAULT_DENY }, 'metadata', '169.254.169.254', false],
  [{ deny: DEFAULT_DENY }, 'metadata', '::ffff:169.254.169.254', false],
  [{ deny: DEFAULT_DENY }, 'metadata', '::ffff:a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'metadata', '64:ff9b::a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'metadata', 'fd00:ec2::254', false],
  [{ deny: DEFAULT_DENY }, 'metadata', 'fe80::1', false],
  [{ deny: DEFAULT_DENY }, 'metadata', 'fe80::1%eth0', false],
  [{ deny: DEFAULT_DENY }, 'compatible', '::a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'compatible', '::169.254.169.254', false],
  [{ deny: DEFAULT_DENY }, 'translated', '::ffff:0:a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, '6to4', '2002:a9fe:a9fe::1', false],
  [{ deny: DEFAULT_DENY }, '6to4', '2002:A9FE:A9FE:0:0:0:0:1', false],
  [{ deny: DEFAULT_DENY }, 'teredo client', '2001:0:4136:e378:8000:63bf:5601:5601', false],
  [{ deny: DEFAULT_DENY }, 'teredo server', '2001:0:a9fe:a9fe:8000:63bf:3fff:fdd2', false],
  [{ deny: DEFAULT_DENY }, 'local nat64 /96', '64:ff9b:1::a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'local nat64 /96', '64:ff9b:1:7:8:9:a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'local nat64 /48', '64:ff9b:1:a9fe:a9:fe00::', false],
  [{ deny: DEFAULT_DENY }, 'local nat64 /56', '64:ff9b:1:a9:fe:a9fe::', false],
  [{ deny: DEFAULT_DENY }, 'local nat64 /64', '64:ff9b:1:5:a9:fea9:fe00::', false],
  [{ deny: DEFAULT_DENY }, 'isatap', '2001:db8::5efe:a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'isatap', '2001:db8::200:5efe:a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'alibaba', '100.100.100.200', false],
  [{ deny: DEFAULT_DENY }, 'alibaba', '2002:6464:64c8::', false],
  [{ deny: DEFAULT_DENY }, 'oracle', '192.0.0.192', false],
  [{ deny: DEFAULT_DENY }, 'oracle', 'fd00:c1::a9fe:a9fe', false],
  [{ deny: DEFAULT_DENY }, 'azure', '168.63.129.16', false],
  [{ deny: DEFAULT_DENY }, 'amazon pods', 'fd00:ec2::23', false],
  [{ deny: DEFAULT_DENY }, 'google', 'fd20:ce::254', false],
  [{ deny: DEFAULT_DENY }, 'scaleway', 'fd00:42::42', false],
  [{ deny: ['::ffff:10.0.0.1'] }, 'mapped in the list', '10.0.0.1', false],
  [{ deny: ['10.0.0.0/8'] }, '6to4', '2002:a00:1::1', false],
  [{ deny: DEFAULT_DENY }, 'example.com', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', true],
  [{ deny: DEFAULT_DENY }, 'localhost', '::1', true],
  [{ deny: DEFAULT_DENY }, '6to4', '2002:5db8:d822::1', true],
  [{ allow: ['10.0.0.0/8'] }, 'a tunnel is not allowed with its end', '2002:a00:1::1', false],
  [{ deny: DEFAULT_DENY }, 'example.com', '169.255.0.1', true],
])('with %j a call of %s at %s is allowed: %s', (lists, host, address, allowed) => {
  expect(isAllowed(lists, host, address)).toBe(allowed);
});

test('one bad address among good ones refuses the host', () => {
  const rules = hostRules({ allow: [], deny: ['127.0.0.0/8'] });
  const reason = rules.refuseAddresses({ host: 'rebind.example', port: 80 }, ['93.184.216.34', '127.0.0.1']);
  expect(reason).toBe('127.0.0.1 is denied by 127.0.0.0/8');
});

const octets = fc.tuple(...([0, 1, 2, 3] as const).map(() => fc.integer({ min: 0, max: 255 })));
const asNumber = (parts: readonly number[]): bigint =>
  parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);

test('a range holds exactly the addresses with its first bits', () => {
  fc.assert(
    fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (base, other, bits) => {
      // Half of the time the other address is made to begin like the base.
      const near = base.map((octet, i) => (i < bits / 8 ? octet : (other[i] ?? 0)));
      for (const address of [other, near]) {
        const shift = BigInt(32 - bits);
        const inside = asNumber(base) >> shift === asNumber(address) >> shift;
        const lists = { allow: [`${base.join('.')}/${bits}`] };
        expect(isAllowed(lists, 'h', address.join('.'))).toBe(inside);
      }
    }),
  );
});

test('deny wins whatever is allowed', () => {
  fc.assert(
    fc.property(fc.domain(), fc.ipV4(), (host, address) => {
      expect(isAllowed({ allow: ['*', host, '0.0.0.0/0'], deny: [host] }, host, address)).toBe(false);
      expect(isAllowed({ allow: ['*', host, '0.0.0.0/0'], deny: [address] }, host, address)).toBe(false);
    }),
  );
});

test.each([
  '',
  'a b',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0/8',
  'example.com/8',
  '::/129',
  'a:b:c',
  '*.',
  'ex*mple.com',
  'a:123456',
])('%j is not a pattern', (pattern) => {
  expect(() => hostRules({ allow: [pattern], deny: [] })).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining('host pattern') }),
  );
});
