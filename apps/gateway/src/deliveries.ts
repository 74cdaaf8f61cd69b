import { randomUUID } from 'node:crypto';
import { connect } from '@precedent/client';
import type { Worker } from '@precedent/client';
import { connectOptionsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf } from '@precedent/contracts';
import { DELIVERY_TYPE } from '@precedent/contract-types';
import { AppError, onAbort } from '@precedent/kernel';
import { natsLeaseStore } from '@precedent/nats';
import { DEFAULT_DENY, hostRules, systemResolve } from '@precedent/outbound';
import { VERSION } from '@precedent/processes';
import { DELIVERY_POOL, callReceiver, deliverer, dispatch, whileLeading } from '@precedent/webhooks';
import type { Answer, Receiver, ReceiverOptions, WebhookMessage } from '@precedent/webhooks';
import type { DeliveryParts } from './webhook-parts.ts';

/** For the whole answer of a receiver. Milliseconds. */
const TIMEOUT_MS = 15_000;
/** Deliveries at the same time: each waits for the network, and those of one webhook for each other. */
const SLOTS = 1_000;
const DRAIN_MS = 5_000;
/** Where access is open, a client with the key of the gateway may have it call the machine that it is on. */
const LOOPBACK = ['127.0.0.0/8', '::1'];

/** The rules of the `http` type, and no private networks but those that are configured. */
const receiverOptions = ({ worker, gateway, access }: Config): ReceiverOptions => ({
  rules: hostRules({
    allow: worker.http.allow,
    deny: [...DEFAULT_DENY, ...worker.http.deny],
    internal: [...gateway.webhookHosts, ...(access.required ? [] : LOOPBACK)],
  }),
  resolve: systemResolve,
  timeoutMs: TIMEOUT_MS,
  version: VERSION,
  now: Date.now,
});

type Send = (receiver: Receiver, message: WebhookMessage) => Promise<Answer>;

/** Sends one message, for a test of a webhook. */
export const messageSender = (config: Config): Send => {
  const options = receiverOptions(config);
  return (receiver, message) => callReceiver(receiver, message, options, new AbortController().signal);
};

/** Runs deliveries in this program, and submits them while it leads, until the signal is aborted. */
export const deliverEvents = async (parts: DeliveryParts, signal: AbortSignal): Promise<void> => {
  const { config, nc } = parts;
  const client = await connect(connectOptionsOf(config, 'gateway-webhooks'));
  try {
    const stopping = new AbortController();
    const running = AbortSignal.any([signal, stopping.signal]);
    const deliver = deliverer({ ...parts, ...receiverOptions(config), cell: config.cell });
    const worker: Worker = client.worker({
      handlers: { [DELIVERY_TYPE]: deliver },
      pools: [DELIVERY_POOL],
      clearances: ['*'],
      slots: SLOTS,
      express: 0,
      ahead: 0,
      drainMs: DRAIN_MS,
      version: VERSION,
      waitForEngine: false,
      // It waits for receivers, and computes nothing.
      watchdog: false,
      onState: (state) => state === 'stopped' && stopping.abort(),
    });
    await worker.start();
    const stopped = stopOnAbort(worker, signal);
    const leases = await natsLeaseStore({
      nc,
      bucket: streamsOf(config.root).leases,
      replicas: config.nats.replicas,
    });
    // No cell has a dot in its name.
    const leading = { leases, lease: `${config.cell}.webhooks`, owner: randomUUID() };
    await whileLeading(leading, (untilLost) => dispatch(parts, untilLost), running);
    if (!signal.aborted) throw new AppError('INTERNAL', 'the worker that delivers to webhooks has stopped');
    await stopped;
  } finally {
    await client.close();
  }
};

/** Lets the deliveries that run come to their end. */
const stopOnAbort = (worker: Worker, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    onAbort(signal, () => void worker.stop().then(resolve, reject));
  });
