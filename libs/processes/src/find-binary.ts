import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@precedent/kernel';

const run = promisify(execFile);

/** A server that we start ourselves, and where its program may be. */
export interface BinaryKind {
  /** The name of the program on PATH. */
  readonly program: string;
  readonly minVersion: string;
  /** Of the lockfile; has one variant for each platform: `<prefix>-linux-x64`. */
  readonly packagePrefix: string;
  /** Of the program within the package. */
  readonly packagePath: string;
  /** Its first group is the version, in what `--version` prints. */
  readonly version: RegExp;
  /** The configuration that names it: `nats` for `nats.url` and `nats.binary`. */
  readonly section: string;
}

export interface FindBinaryOptions {
  /** The configured path; it is then the only candidate. */
  readonly path?: string;
  /** For PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly minVersion?: string;
  /** Overrides where the lockfile's package is looked for: the path of any file in the project. */
  readonly packageFrom?: string;
}

export interface FoundBinary {
  readonly binary: string;
  readonly version: string;
  readonly source: 'configured' | 'PATH' | 'package';
}

/**
 * The program to start: the configured path, else the first good one on PATH, else the one that `npm ci` brought. Throws
 * SERVER_TOO_OLD when there are only older ones, and BINARY_MISSING when there is none.
 */
export const findBinary = async (kind: BinaryKind, options: FindBinaryOptions): Promise<FoundBinary> => {
  const { minVersion = kind.minVersion } = options;
  const old: string[] = [];
  for (const { binary, source } of candidates(kind, options)) {
    const version = await versionOf(binary, kind);
    if (version === undefined) continue;
    if (compareVersions(version, minVersion) >= 0) return { binary, version, source };
    old.push(`${binary} is version ${version}`);
  }
  if (old.length > 0) {
    throw new AppError('SERVER_TOO_OLD', `${old.join(', ')}; at least ${minVersion} is needed`);
  }
  throw missing(kind, options.path);
};

type Candidate = Pick<FoundBinary, 'binary' | 'source'>;

const candidates = (
  kind: BinaryKind,
  { path: configured, env, packageFrom }: FindBinaryOptions,
): Candidate[] => {
  if (configured) return [{ binary: configured, source: 'configured' }];
  const onPath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .map((dir): Candidate => ({ binary: path.join(dir, kind.program), source: 'PATH' }))
    .filter(({ binary }) => existsSync(binary));
  const packaged = fromPackage(kind, packageFrom ?? import.meta.url);
  return packaged === undefined ? onPath : [...onPath, { binary: packaged, source: 'package' }];
};

const fromPackage = ({ packagePrefix, packagePath }: BinaryKind, from: string): string | undefined => {
  const name = `${packagePrefix}-${process.platform}-${process.arch}/package.json`;
  try {
    const binary = path.join(path.dirname(createRequire(from).resolve(name)), packagePath);
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

const versionOf = async (binary: string, { version }: BinaryKind): Promise<string | undefined> => {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: VERSION_LIMIT_MS });
    return version.exec(stdout)?.[1];
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

const missing = ({ program, section }: BinaryKind, configured: string | undefined): AppError => {
  const where = configured ? `${configured} is no ${program} program` : `no ${program} program was found`;
  const ways =
    `give the URL of a running server (${section}.url), or put ${program} on PATH or its path into ${section}.binary, ` +
    'or run npm ci, which brings one';
  return new AppError('BINARY_MISSING', `${where}: ${ways}`);
};
