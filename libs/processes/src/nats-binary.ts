import { findBinary } from './find-binary.ts';
import type { BinaryKind, FindBinaryOptions, FoundBinary } from './find-binary.ts';

/** Older servers silently ignore fields that durability relies on. */
export const NATS_MIN_VERSION = '2.12.0';

export type FindNatsOptions = FindBinaryOptions;
export type NatsBinary = FoundBinary;

const NATS: BinaryKind = {
  program: 'nats-server',
  minVersion: NATS_MIN_VERSION,
  packagePrefix: '@lagz0ne/nats-embedded',
  packagePath: 'nats-server',
  pins: {
    'linux-x64': {
      version: '2.12.5',
      sha256: 'e142e4510721f7c36a442ee79321959fbe8fca39b7ea56b19aa1a8036382e2f1',
    },
  },
  version: /v(\d+\.\d+\.\d+)/,
  section: 'nats',
};

/** The nats-server program to start: see `findBinary`. Throws SERVER_TOO_OLD and BINARY_MISSING. */
export const findNatsServer = (options: FindNatsOptions): Promise<NatsBinary> => findBinary(NATS, options);
