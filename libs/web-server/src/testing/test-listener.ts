import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Authenticate, ListenerOptions, OperationCall, OperationCalls } from '@precedent/ports';

/** The only key that counts. */
export const TEST_KEY = 'prec_key';

export interface TestListenerOptions extends ListenerOptions {
  readonly version: string;
  readonly calls: OperationCalls;
  readonly authenticate: Authenticate;
  readonly onFault: (problem: Problem) => void;
}

export interface TestListener {
  readonly options: TestListenerOptions;
  /** What reached the services. */
  readonly calls: readonly OperationCall[];
  readonly faults: readonly Problem[];
}

/** What an interface of the gateway needs to listen: services that answer with `answer`, and one key, of the namespace acme. */
export const testListener = (answer: (call: OperationCall) => unknown = () => ({})): TestListener => {
  const calls: OperationCall[] = [];
  const faults: Problem[] = [];
  const call = async (one: OperationCall): Promise<unknown> => {
    calls.push(one);
    return Promise.resolve(answer(one));
  };
  const authenticate: Authenticate = (token) =>
    token === TEST_KEY
      ? Promise.resolve({ credential: 'k1', namespace: 'acme', highestBand: 'high' })
      : Promise.reject(new AppError('UNAUTHENTICATED', 'not the key'));
  const onFault = (problem: Problem): void => void faults.push(problem);
  return {
    calls,
    faults,
    options: { host: '127.0.0.1', port: 0, version: '1.2.3', calls: { call }, authenticate, onFault },
  };
};
