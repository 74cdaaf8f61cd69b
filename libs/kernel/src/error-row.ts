/** Whether the same request may succeed later without a change to it. */
export type Retry = 'never' | 'later';

/** One row for every interface: HTTP status, gRPC code, CLI exit code, and what a person can do about it. */
export interface ErrorRow {
  readonly http: number;
  readonly grpc: number;
  readonly exit: number;
  readonly retry: Retry;
  readonly summary: string;
  readonly remedy: string;
}

export const row = (
  [http, grpc, exit]: readonly [number, number, number],
  retry: Retry,
  summary: string,
  remedy: string,
): ErrorRow => ({ http, grpc, exit, retry, summary, remedy });
