import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** A field by its number and type, such as `1 string` or `1 repeated .google.rpc.BadRequest.FieldViolation`. */
type Fields = Readonly<Record<string, string>>;

const SCALARS: Readonly<Record<string, Type>> = { string: Type.STRING, int32: Type.INT32, bytes: Type.BYTES };

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const fieldOf = (name: string, text: string, oneofs: readonly string[]): FieldDescriptorProto => {
  const [number, ...words] = text.split(' ');
  const isRepeated = words[0] === 'repeated';
  const [type = '', oneof] = isRepeated ? words.slice(1) : words;
  const scalar = SCALARS[type];
  return create(FieldDescriptorProtoSchema, {
    name,
    jsonName: camelCase(name),
    number: Number(number),
    label: isRepeated ? Label.REPEATED : Label.OPTIONAL,
    type: scalar ?? (type.endsWith('Status') ? Type.ENUM : Type.MESSAGE),
    ...(scalar === undefined && { typeName: type }),
    ...(oneof !== undefined && { oneofIndex: oneofs.indexOf(oneof) }),
  });
};

const message = (
  name: string,
  fields: Fields,
  more: Omit<MessageInitShape<typeof DescriptorProtoSchema>, '$typeName'> = {},
): DescriptorProto => {
  const oneofs = [
    ...new Set(Object.values(fields).flatMap((text) => /\w+_(?:request|response)$/.exec(text)?.[0] ?? [])),
  ];
  return create(DescriptorProtoSchema, {
    name,
    field: Object.entries(fields).map(([field, text]) => fieldOf(field, text, oneofs)),
    oneofDecl: oneofs.map((one) => ({ name: one })),
    ...more,
  });
};

const mapEntry = (name: string, value: string): DescriptorProto =>
  message(name, { key: '1 string', value: `2 ${value}` }, { options: { mapEntry: true } });

const HEALTH = '.grpc.health.v1.HealthCheckResponse';

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

const healthResponse = message(
  'HealthCheckResponse',
  { status: `1 ${HEALTH}.ServingStatus` },
  { enumType: [{ name: 'ServingStatus', value: STATUSES.map((name, number) => ({ name, number })) }] },
);

const health = create(FileDescriptorProtoSchema, {
  name: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  syntax: 'proto3',
  messageType: [
    message('HealthCheckRequest', { service: '1 string' }),
    healthResponse,
    message('HealthListRequest', {}),
    message(
      'HealthListResponse',
      { statuses: '1 repeated .grpc.health.v1.HealthListResponse.StatusesEntry' },
      { nestedType: [mapEntry('StatusesEntry', HEALTH)] },
    ),
  ],
  service: [
    {
      name: 'Health',
      method: [
        { name: 'Check', inputType: '.grpc.health.v1.HealthCheckRequest', outputType: HEALTH },
        {
          name: 'List',
          inputType: '.grpc.health.v1.HealthListRequest',
          outputType: '.grpc.health.v1.HealthListResponse',
        },
        {
          name: 'Watch',
          inputType: '.grpc.health.v1.HealthCheckRequest',
          outputType: HEALTH,
          serverStreaming: true,
        },
      ],
    },
  ],
});

const reflection = (scope: 'grpc.reflection.v1' | 'grpc.reflection.v1alpha'): FileDescriptorProto =>
  create(FileDescriptorProtoSchema, {
    name: `${scope.replaceAll('.', '/')}/reflection.proto`,
    package: scope,
    syntax: 'proto3',
    messageType: [
      message('ServerReflectionRequest', {
        host: '1 string',
        file_by_filename: '3 string message_request',
        file_containing_symbol: '4 string message_request',
        file_containing_extension: `5 .${scope}.ExtensionRequest message_request`,
        all_extension_numbers_of_type: '6 string message_request',
        list_services: '7 string message_request',
      }),
      message('ExtensionRequest', { containing_type: '1 string', extension_number: '2 int32' }),
      message('ServerReflectionResponse', {
        valid_host: '1 string',
        original_request: `2 .${scope}.ServerReflectionRequest`,
        file_descriptor_response: `4 .${scope}.FileDescriptorResponse message_response`,
        all_extension_numbers_response: `5 .${scope}.ExtensionNumberResponse message_response`,
        list_services_response: `6 .${scope}.ListServiceResponse message_response`,
        error_response: `7 .${scope}.ErrorResponse message_response`,
      }),
      message('FileDescriptorResponse', { file_descriptor_proto: '1 repeated bytes' }),
      message('ExtensionNumberResponse', {
        base_type_name: '1 string',
        extension_number: '2 repeated int32',
      }),
      message('ListServiceResponse', { service: `1 repeated .${scope}.ServiceResponse` }),
      message('ServiceResponse', { name: '1 string' }),
      message('ErrorResponse', { error_code: '1 int32', error_message: '2 string' }),
    ],
    service: [
      {
        name: 'ServerReflection',
        method: [
          {
            name: 'ServerReflectionInfo',
            inputType: `.${scope}.ServerReflectionRequest`,
            outputType: `.${scope}.ServerReflectionResponse`,
            clientStreaming: true,
            serverStreaming: true,
          },
        ],
      },
    ],
  });

const errorDetails = create(FileDescriptorProtoSchema, {
  name: 'google/rpc/error_details.proto',
  package: 'google.rpc',
  syntax: 'proto3',
  dependency: ['google/protobuf/duration.proto'],
  messageType: [
    message(
      'ErrorInfo',
      { reason: '1 string', domain: '2 string', metadata: '3 repeated .google.rpc.ErrorInfo.MetadataEntry' },
      { nestedType: [mapEntry('MetadataEntry', 'string')] },
    ),
    message('RetryInfo', { retry_delay: '1 .google.protobuf.Duration' }),
    message(
      'BadRequest',
      { field_violations: '1 repeated .google.rpc.BadRequest.FieldViolation' },
      { nestedType: [message('FieldViolation', { field: '1 string', description: '2 string' })] },
    ),
  ],
});

/** What clients expect under these names, and no package for JavaScript has: health and reflection of gRPC, and the details of errors. */
export const STANDARD_FILES: readonly FileDescriptorProto[] = [
  health,
  reflection('grpc.reflection.v1'),
  reflection('grpc.reflection.v1alpha'),
  errorDetails,
];
