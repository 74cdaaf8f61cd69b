import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogueFiles } from './catalogue-files.ts';
import { descriptorSet } from './descriptor.ts';
import { numbered } from './numbers.ts';
import type { Numbers } from './numbers.ts';
import { STANDARD_FILES } from './standard-files.ts';
import { protoText } from './text.ts';

/** The numbers that fields and values have had: never edited, and never deleted. */
const LOCK = 'proto/numbers.lock.json';

/** The .proto files of the catalogue, the lock of their numbers, and the descriptors that the gateway reads. */
export const protoFiles = (root: string): Readonly<Record<string, string>> => {
  const files = catalogueFiles();
  const numbers = numbered(files, lockOf(path.join(root, LOCK)));
  const set = descriptorSet(files, numbers, STANDARD_FILES);
  return {
    ...Object.fromEntries(files.map((file) => [`proto/${file.path}`, protoText(file, files, numbers)])),
    [LOCK]: `${JSON.stringify(numbers, undefined, 2)}\n`,
    'libs/grpc/src/descriptors.ts': descriptorsModule(set),
  };
};

const lockOf = (file: string): Numbers =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Numbers) : {};

const descriptorsModule = (set: Uint8Array): string =>
  [
    '// Generated from the catalogue of operations by `npm run generate`.',
    '/** A `google.protobuf.FileDescriptorSet`, in base64. */',
    'export const DESCRIPTORS =',
    `  '${Buffer.from(set).toString('base64')}';`,
    '',
  ].join('\n');
