import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, DescService, FileRegistry } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
} from '@bufbuild/protobuf/wkt';
import { DESCRIPTORS } from './descriptors.ts';

let made: FileRegistry | undefined;

/** Every message and service that the gateway knows. Made when it is first needed: the generator imports this package to replace the descriptors. */
export const registry = (): FileRegistry => (made ??= readDescriptors());

const readDescriptors = (): FileRegistry => {
  const set = fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTORS, 'base64'));
  const known = [file_google_protobuf_struct, file_google_protobuf_duration].map(({ proto }) => proto);
  return createFileRegistry({ ...set, file: [...known, ...set.file] });
};

/** Throws where the descriptors are older than the catalogue: `npm run generate` makes them. */
const found = <Found>(what: Found | undefined, name: string): Found => {
  if (what === undefined) throw new Error(`the descriptors have no ${name}`);
  return what;
};

export const messageNamed = (name: string): DescMessage => found(registry().getMessage(name), name);

export const serviceNamed = (name: string): DescService => found(registry().getService(name), name);

export const methodNamed = (service: DescService, name: string): DescMethod =>
  found(
    service.methods.find((method) => method.name === name),
    `${service.typeName}/${name}`,
  );
