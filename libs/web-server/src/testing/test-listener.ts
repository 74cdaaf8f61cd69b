import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Authenticate, ListenerOptions, OperationCall, OperationTexts } from '@precedent/ports';

/** A key of the credential k1. */
export const TEST_KEY = 'prec_key';
/** Of the credential k2. */
export const OTHER_KEY = 'prec_other';

const CREDENTIALS: Readonly<Record<string, string>> = { [TEST_KEY]: 'k1', [OTHER_KEY]: 'k2' };

export interface TestListenerOptions extends ListenerOptions {
  readonly version: string;
  readonly calls: OperationTexts;
  readonly authenticate: Authenticate;
  readonly onFault: (problem: Problem) => void;
}

export interface TestListener {
  readonly options: TestListenerOptions;
  /** What reached the services. */
  readonly calls: readonly OperationCall[];
  readonly faults: readonly Problem[];
}

/** What an interface of the gateway needs to listen: services that answer with `answer`, and two keys, of the namespace acme. */
export const testListener = (answer: (call: OperationCall) => unknown = () => ({})): TestListener => {
  const calls: OperationCall[] = [];
  const faults: Problem[] = [];
  const call = async (one: OperationCall): Promise<unknown> => {
    calls.push(one);
    return Promise.resolve(answer(one));
  };
  const text = async (one: OperationCall): Promise<string> => JSON.stringify(await call(one));
  const authenticate: Authenticate = (token) => {
    const credential = CREDENTIALS[token];
    return credential === undefined
      ? Promise.reject(new AppError('UNAUTHENTICATED', 'not the key'))
      : Promise.resolve({ credential, namespace: 'acme', highestBand: 'high' });
  };
  const onFault = (problem: Problem): void => void faults.push(problem);
  return {
    calls,
    faults,
    options: { host: '127.0.0.1', port: 0, version: '1.2.3', calls: { call, text }, authenticate, onFault },
  };
};
