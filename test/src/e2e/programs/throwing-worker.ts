import { connect } from '@precedent/client';
import { announceReady } from '@precedent/processes';

const refuse = (): never => {
  throw new Error('refused');
};

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  return proxy;
};

const hostile = (): object =>
  new Proxy(new Error('hidden'), { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });

const throwing = (value: unknown) => (): Promise<never> => Promise.reject(value);

const [url = ''] = process.argv.slice(2);
const client = await connect({ servers: url });
const worker = client.worker({
  name: 'throwing',
  handlers: {
    'throws.bare': throwing(Object.create(null)),
    'throws.revoked': throwing(revoked()),
    'throws.hostile': throwing(hostile()),
    'throws.symbol': throwing(Symbol('s')),
    'throws.getters': throwing(Object.defineProperty(new Error('hidden'), 'message', { get: refuse })),
    'throws.half': throwing(new Error('x \ud83d')),
    'returns.refusing': async () => ({
      toJSON: () => {
        throw Object.create(null);
      },
    }),
    survives: async () => process.pid,
  },
});
await worker.start();
announceReady();
