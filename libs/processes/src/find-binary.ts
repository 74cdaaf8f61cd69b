import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@precedent/kernel';
import { sha256Of } from './sha256.ts';

const run = promisify(execFile);

/** A server that we start ourselves, and where its program may be. */
export interface BinaryKind {
  /** The usual name of the program. */
  readonly program: string;
  readonly minVersion: string;
  /** Of the lockfile; has one variant for each platform: `<prefix>-linux-x64`. */
  readonly packagePrefix: string;
  /** Of the program within the package. */
  readonly packagePath: string;
  /** What the program of the package must be, by platform: `linux-x64`. */
  readonly pins: Readonly<Record<string, Pin>>;
  /** Its first group is the version, in what `--version` prints. */
  readonly version: RegExp;
  /** The configuration that names it: `nats` for `nats.url` and `nats.binary`. */
  readonly section: string;
}

/** The content of one program. */
export interface Pin {
  readonly version: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface FindBinaryOptions {
  /** The configured path, or a name that is looked for on PATH; the program of the package is then none. */
  readonly path?: string;
  /** For PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly minVersion?: string;
  /** Where it is kept that the program of the package is the pinned one: see `sha256Of`. */
  readonly cacheDir?: string;
  /** Overrides where the lockfile's package is looked for: the path of any file in the project. */
  readonly packageFrom?: string;
}

export interface FoundBinary {
  readonly binary: string;
  readonly version: string;
  readonly source: 'configured' | 'package';
}

/**
 * The program to start: the configured one, else the one that `npm ci` brought, which is not run before its content is the pinned
 * one. A program that only happens to be on PATH is never taken. Throws SERVER_TOO_OLD, and BINARY_MISSING with the ways to get one.
 */
export const findBinary = async (kind: BinaryKind, options: FindBinaryOptions): Promise<FoundBinary> =>
  options.path ? await configured(kind, options.path, options) : await packaged(kind, options);

const configured = async (
  kind: BinaryKind,
  named: string,
  { env, minVersion = kind.minVersion }: FindBinaryOptions,
): Promise<FoundBinary> => {
  const old: string[] = [];
  for (const binary of placesOf(named, env['PATH'])) {
    const version = await versionOf(binary, kind);
    if (version === undefined) continue;
    if (compareVersions(version, minVersion) >= 0) return { binary, version, source: 'configured' };
    old.push(`${binary} is version ${version}`);
  }
  if (old.length > 0)
    throw new AppError('SERVER_TOO_OLD', `${old.join(', ')}; at least ${minVersion} is needed`);
  throw missing(kind, `${named} is no ${kind.program} program`);
};

/** A name without a slash is looked for as a shell does it. */
const placesOf = (named: string, searched = ''): string[] =>
  named.includes(path.sep)
    ? [named]
    : searched
        .split(path.delimiter)
        .filter((dir) => dir !== '')
        .map((dir) => path.join(dir, named))
        .filter((file) => existsSync(file));

const packaged = async (
  kind: BinaryKind,
  { packageFrom = import.meta.url, cacheDir }: FindBinaryOptions,
): Promise<FoundBinary> => {
  const platform = `${process.platform}-${process.arch}`;
  const [pin, binary] = [kind.pins[platform], fromPackage(kind, platform, packageFrom)];
  if (!pin) throw missing(kind, `there is no ${kind.program} for ${platform} in the lockfile`);
  if (binary === undefined) throw missing(kind, `no ${kind.program} program was found in node_modules`);
  const found = await sha256Of(binary, cacheDir);
  if (found !== pin.sha256)
    throw missing(kind, `${binary} is not the pinned program: its sha256 is ${found}, not ${pin.sha256}`);
  makeExecutable(binary);
  return { binary, version: pin.version, source: 'package' };
};

const fromPackage = (kind: BinaryKind, platform: string, from: string): string | undefined => {
  try {
    const manifest = createRequire(from).resolve(`${kind.packagePrefix}-${platform}/package.json`);
    const binary = path.join(path.dirname(manifest), kind.packagePath);
    return existsSync(binary) ? binary : undefined;
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

const missing = ({ program, section }: BinaryKind, fact: string): AppError => {
  const ways =
    `give the URL of a running server (${section}.url), or the path of the program or its name on the PATH ` +
    `(${section}.binary: ${program}), or install again with npm, which brings it on Linux x64`;
  return new AppError('BINARY_MISSING', `${fact}: ${ways}`);
};
