import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@precedent/kernel';

const run = promisify(execFile);

/** Older servers silently ignore fields that durability relies on. */
export const NATS_MIN_VERSION = '2.12.0';

export interface FindNatsOptions {
  /** The configured path; it is then the only candidate. */
  readonly path?: string;
  /** For PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly minVersion?: string;
  /** Overrides where the lockfile's package is looked for: the path of any file in the project. */
  readonly packageFrom?: string;
}

export interface NatsBinary {
  readonly binary: string;
  readonly version: string;
  readonly source: 'configured' | 'PATH' | 'package';
}

/**
 * The nats-server program to start: the configured path, else the first good one on PATH, else the one that `npm ci` brought.
 * Throws SERVER_TOO_OLD when there are only older ones, and BINARY_MISSING when there is none.
 */
export const findNatsServer = async (options: FindNatsOptions): Promise<NatsBinary> => {
  const minVersion = options.minVersion ?? NATS_MIN_VERSION;
  const old: string[] = [];
  for (const { binary, source } of candidates(options)) {
    const version = await versionOf(binary);
    if (version === undefined) continue;
    if (compareVersions(version, minVersion) >= 0) return { binary, version, source };
    old.push(`${binary} is version ${version}`);
  }
  if (old.length > 0) {
    throw new AppError('SERVER_TOO_OLD', `${old.join(', ')}; at least ${minVersion} is needed`);
  }
  throw missing(options.path);
};

type Candidate = Pick<NatsBinary, 'binary' | 'source'>;

const candidates = ({ path: configured, env, packageFrom }: FindNatsOptions): Candidate[] => {
  if (configured) return [{ binary: configured, source: 'configured' }];
  const onPath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .map((dir): Candidate => ({ binary: path.join(dir, 'nats-server'), source: 'PATH' }))
    .filter(({ binary }) => existsSync(binary));
  const packaged = fromPackage(packageFrom ?? import.meta.url);
  return packaged === undefined ? onPath : [...onPath, { binary: packaged, source: 'package' }];
};

const fromPackage = (from: string): string | undefined => {
  const name = `@lagz0ne/nats-embedded-${process.platform}-${process.arch}/package.json`;
  try {
    const binary = path.join(path.dirname(createRequire(from).resolve(name)), 'nats-server');
    makeExecutable(binary);
    return binary;
  } catch {
    return undefined;
  }
};

/** Some package caches lose the bit. */
const makeExecutable = (binary: string): void => {
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    chmodSync(binary, 0o755);
  }
};

const VERSION_LIMIT_MS = 5_000;

const versionOf = async (binary: string): Promise<string | undefined> => {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: VERSION_LIMIT_MS });
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
};

/** Negative when `a` is older. Versions are `major.minor.patch`. */
export const compareVersions = (a: string, b: string): number => {
  const right = b.split('.').map(Number);
  const differences = a.split('.').map((part, i) => Number(part) - (right[i] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
};

const missing = (configured: string | undefined): AppError => {
  const where = configured ? `${configured} is no nats-server program` : 'no nats-server program was found';
  const ways =
    'give the URL of a running server (nats.url), or put nats-server on PATH or its path into nats.binary, ' +
    'or run npm ci, which brings one';
  return new AppError('BINARY_MISSING', `${where}: ${ways}`);
};
