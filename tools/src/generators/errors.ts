import type { ErrorRow } from '@precedent/kernel';
import { catalogue } from '@precedent/kernel';
import { GENERATED, page, table } from './markdown.ts';

/** The names of the gRPC status codes, by number. */
const GRPC = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

const HEADINGS = ['code', 'HTTP', 'gRPC', 'exit', 'retry', 'what it means', 'what to do'];

/** The reference page of every error, one row for all interfaces. */
export const errorsPage = (rows: Readonly<Record<string, ErrorRow>> = catalogue): string =>
  page(
    '# Errors',
    GENERATED,
    [
      'Every refusal and fault that leaves Precedent has one of these codes, whichever interface it leaves by.',
      '`exit` is the exit code of the command line. `retry` says whether the same request may succeed later,',
      'without a change to it. Codes never change their meaning.',
    ].join('\n'),
    table(HEADINGS, Object.entries(rows).map(errorCells)),
  );

const errorCells = ([code, row]: [string, ErrorRow]): string[] => [
  `\`${code}\``,
  String(row.http),
  `${row.grpc} ${GRPC[row.grpc] ?? ''}`.trim(),
  String(row.exit),
  row.retry,
  row.summary,
  row.remedy,
];
