import { create, toBinary } from '@bufbuild/protobuf';
import type { DescFile, DescMethod, Message } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { registry } from './registry.ts';

interface ReflectionRequest {
  readonly messageRequest: { readonly case?: string; readonly value?: unknown };
}

/** `grpc.reflection`, of either version: what clients need that have no .proto files. */
export const reflectionCall = ({ output }: DescMethod) =>
  async function* (requests: AsyncIterable<Message>): AsyncGenerator<Message> {
    for await (const request of requests) {
      const { messageRequest } = request as unknown as ReflectionRequest;
      yield create(output, { originalRequest: request, messageResponse: answerTo(messageRequest) } as Record<
        string,
        unknown
      >);
    }
  };

const answerTo = ({ case: kind, value }: ReflectionRequest['messageRequest']) => {
  if (kind === 'listServices') return { case: 'listServicesResponse', value: { service: serviceNames() } };
  const file = kind === 'fileByFilename' ? fileNamed(String(value)) : fileOf(String(value));
  if (kind !== 'fileByFilename' && kind !== 'fileContainingSymbol')
    return notFound(Code.Unimplemented, 'there are no extensions');
  return file ? fileAnswer(file) : notFound(Code.NotFound, `there is no ${String(value)}`);
};

const serviceNames = (): { readonly name: string }[] =>
  [...registry()].flatMap((desc) => (desc.kind === 'service' ? [{ name: desc.typeName }] : []));

const fileNamed = (path: string): DescFile | undefined =>
  [...registry().files].find((file) => file.proto.name === path);

/** Of a type or service, or of what is in one. */
const fileOf = (symbol: string): DescFile | undefined => {
  const found = registry().get(symbol);
  if (found) return found.file;
  const end = symbol.lastIndexOf('.');
  return end === -1 ? undefined : fileOf(symbol.slice(0, end));
};

const fileAnswer = ({ proto }: DescFile) => ({
  case: 'fileDescriptorResponse',
  value: { fileDescriptorProto: [toBinary(FileDescriptorProtoSchema, proto)] },
});

const notFound = (errorCode: Code, errorMessage: string) => ({
  case: 'errorResponse',
  value: { errorCode, errorMessage },
});
