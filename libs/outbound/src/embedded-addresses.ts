import { isIP } from 'node:net';

/**
 * Every IPv4 address that an IPv6 address may lead to, through a tunnel or a translator: mapped, compatible and translated
 * addresses, NAT64 (RFC 6052, also its local prefix), 6to4, Teredo and ISATAP. None for an IPv4 address.
 */
export const embeddedIpv4 = (address: string): readonly string[] => {
  const bytes = isIP(address) === 6 ? bytesOf(address) : undefined;
  if (bytes === undefined) return [];
  const isOf = ({ prefix, at = 0 }: Form): boolean => prefix.every((byte, i) => bytes[at + i] === byte);
  return FORMS.filter(isOf).flatMap(({ places }) =>
    places.map((place) => place.map((at) => byteAt(bytes, at)).join('.')),
  );
};

/** A negative place is that of a byte with every bit turned: `~12`. */
const byteAt = (bytes: readonly number[], at: number): number =>
  at < 0 ? (bytes[~at] ?? 0) ^ 0xff : (bytes[at] ?? 0);

interface Form {
  /** The bytes by which an address of this form is known. */
  readonly prefix: readonly number[];
  /** Where they begin; 0 when left out. */
  readonly at?: number;
  /** Where the four bytes of an IPv4 address may stand; `~12` is the twelfth byte with every bit turned. */
  readonly places: readonly (readonly number[])[];
}

const LAST = [12, 13, 14, 15];
const zeros = (count: number): number[] => Array<number>(count).fill(0);

const FORMS: readonly Form[] = [
  // ::ffff:a.b.c.d, ::a.b.c.d and ::ffff:0:a.b.c.d
  { prefix: [...zeros(10), 0xff, 0xff], places: [LAST] },
  { prefix: zeros(12), places: [LAST] },
  { prefix: [...zeros(8), 0xff, 0xff, 0, 0], places: [LAST] },
  // 64:ff9b::/96
  { prefix: [0, 0x64, 0xff, 0x9b, ...zeros(8)], places: [LAST] },
  // 64:ff9b:1::/48, which a network divides as it likes: with prefixes of 48, 56, 64 or 96 bits.
  {
    prefix: [0, 0x64, 0xff, 0x9b, 0, 1],
    places: [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST],
  },
  // 2002::/16
  { prefix: [0x20, 0x02], places: [[2, 3, 4, 5]] },
  // 2001::/32: the server, and the client with every bit turned.
  {
    prefix: [0x20, 0x01, 0, 0],
    places: [
      [4, 5, 6, 7],
      [~12, ~13, ~14, ~15],
    ],
  },
  // ISATAP: any network with the host 0:5efe:a.b.c.d or 200:5efe:a.b.c.d
  { prefix: [0, 0, 0x5e, 0xfe], at: 8, places: [LAST] },
  { prefix: [2, 0, 0x5e, 0xfe], at: 8, places: [LAST] },
];

/** The sixteen bytes, however the address is written; without its zone. */
const bytesOf = (address: string): number[] | undefined => {
  const host = URL.parse(`http://[${withoutZone(address)}]`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const [head = '', tail] = host.split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...left, ...zeros(tail === undefined ? 0 : 8 - left.length - right.length), ...right];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
};

const groupsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

/** `fe80::1%eth0` → `fe80::1`. */
export const withoutZone = (address: string): string => address.split('%')[0] ?? address;
