import { BlockList, isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { AppError } from '@precedent/kernel';
import { embeddedIpv4, withoutZone } from './embedded-addresses.ts';

/**
 * Patterns of hosts: `api.example.com`, `*.example.com` (what is below it), `*`, an address, a range `10.0.0.0/8`; each also
 * with a port, `api.example.com:8443` or `[::1]:80`.
 */
export interface HostPatterns {
  /** Empty: every host that is not denied. */
  readonly allow: readonly string[];
  /** Wins over `allow`. */
  readonly deny: readonly string[];
  /** Where it is given, addresses of private networks are denied, but for these hosts and addresses. */
  readonly internal?: readonly string[] | undefined;
}

/**
 * Link-local addresses, where most clouds hand credentials to every program of a machine, and the addresses of clouds that do so
 * elsewhere: Alibaba, Oracle, Azure; by IPv6 Amazon, Oracle, Scaleway and Google. An IPv4 address is denied in every form that leads
 * to it: see `embeddedIpv4`.
 */
export const DEFAULT_DENY = [
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fd00:ec2::/32',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
  'fd20:ce::254',
] as const;

/** Networks that no address of the internet belongs to: hosts of ours, of the machine itself, and groups. */
const PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

/** Where a request goes to. */
export interface Target {
  /** As in a URL, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** Decides about one target. `undefined`: go on; otherwise why not. */
export interface HostRules {
  /** Before the name is looked up. */
  refuseName(target: Target): string | undefined;
  /** When its addresses are known: each of them is checked. */
  refuseAddresses(target: Target, addresses: readonly string[]): string | undefined;
}

interface Rule {
  readonly pattern: string;
  readonly matchesName: (target: Target) => boolean;
  readonly matchesAddress: (target: Target, address: string) => boolean;
}

/** Compiles patterns; throws INVALID_CONFIG for one that is none. */
export const hostRules = ({ allow, deny, internal }: HostPatterns): HostRules => {
  const isInternal = internal === undefined ? never : internalRule(internal.map(compile));
  const allowed = allow.map(compile);
  const denied = deny.map(compile);
  const named = (rules: readonly Rule[], target: Target): Rule | undefined =>
    rules.find((rule) => rule.matchesName(target));
  const refusedAddress = (target: Target, address: string): string | undefined => {
    const forms = formsOf(address);
    const rule = denied.find(({ matchesAddress }) => forms.some((form) => matchesAddress(target, form)));
    if (rule) return `${address} is denied by ${rule.pattern}`;
    if (isInternal(target, address)) return `${address} is of a private network`;
    if (allowed.length === 0 || named(allowed, target)) return undefined;
    if (allowed.some(({ matchesAddress }) => matchesAddress(target, address))) return undefined;
    return `neither its name nor its address ${address} is on the allow list`;
  };
  return {
    refuseName: (target) => {
      const rule = named(denied, target);
      return rule && `it is denied by ${rule.pattern}`;
    },
    refuseAddresses: (target, addresses) => {
      for (const address of addresses) {
        const reason = refusedAddress(target, address);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
  };
};

const never = (): boolean => false;

/** Whether an address is of a private network, and none of the exceptions. */
const internalRule = (exceptions: readonly Rule[]): Rule['matchesAddress'] => {
  const networks = PRIVATE.map(compile);
  return (target, address) =>
    networks.some(({ matchesAddress }) => formsOf(address).some((form) => matchesAddress(target, form))) &&
    !exceptions.some((rule) => rule.matchesName(target) || rule.matchesAddress(target, address));
};

/** All addresses that a connection may reach in the end, where a tunnel or a translator stands between. */
const formsOf = (address: string): readonly string[] => {
  const plain = withoutZone(address);
  return isIPv4(plain) ? [plain, `::ffff:${plain}`] : [plain, ...embeddedIpv4(plain)];
};

const compile = (pattern: string): Rule => {
  const { host, port } = splitPort(pattern);
  const atPort = (target: Target): boolean => port === undefined || target.port === port;
  const range = rangeOf(host);
  if (range) {
    const matchesAddress = (target: Target, address: string): boolean =>
      atPort(target) && range.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    return { pattern, matchesName: never, matchesAddress };
  }
  const matchesHost = nameMatcher(host, pattern);
  return {
    pattern,
    matchesName: (target) => atPort(target) && matchesHost(target.host),
    matchesAddress: never,
  };
};

const splitPort = (pattern: string): { host: string; port: number | undefined } => {
  const text = pattern.trim();
  if (isIP(text) === 6 || (text.includes('/') && !text.startsWith('[')))
    return { host: text, port: undefined };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host === '') throw notAPattern(pattern);
  return { host, port: port === undefined ? undefined : Number(port) };
};

/** An address or a range; `undefined` for a name. */
const rangeOf = (host: string): BlockList | undefined => {
  const [address = '', bits] = host.split('/');
  const family = isIP(address);
  if (family === 0) {
    if (bits !== undefined) throw notAPattern(host);
    return undefined;
  }
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > width) throw notAPattern(host);
  return family === 4 ? ipv4Range(address, prefix) : ipv6Range(address, prefix);
};

const ipv6Range = (address: string, prefix: number): BlockList => {
  const list = new BlockList();
  list.addSubnet(address, prefix, 'ipv6');
  return list;
};

/** The list knows the mapped form (`::ffff:a.b.c.d`) by itself; a NAT64 gateway leads to the same host by another one. */
const ipv4Range = (address: string, prefix: number): BlockList => {
  const list = new BlockList();
  list.addSubnet(address, prefix, 'ipv4');
  list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
  return list;
};

/** One form for names: lower case, punycode, without the dot at the end. */
const plainName = (host: string): string => {
  const name = host.toLowerCase().replace(/\.$/, '');
  return isIP(name) === 0 ? domainToASCII(name) || name : name;
};

const nameMatcher = (host: string, pattern: string): ((name: string) => boolean) => {
  if (host === '*') return () => true;
  const below = host.startsWith('*.');
  const name = plainName(below ? host.slice(2) : host);
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) throw notAPattern(pattern);
  return below ? (other) => plainName(other).endsWith(`.${name}`) : (other) => plainName(other) === name;
};

const notAPattern = (pattern: string): AppError =>
  new AppError(
    'INVALID_CONFIG',
    `host pattern ${JSON.stringify(pattern)} is not a host, *.domain, an address or a range, with or without a port`,
  );
