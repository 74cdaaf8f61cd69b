import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { PREDICTION_LIMITS, predictionsSchema } from '@precedent/contracts';
import type { PredictionsMessage, Subjects } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import type { PredictionSink } from '@precedent/ports';
import { decodeExact } from '../validation/decode.ts';
import type { EngineIngress } from './in-flight.ts';
import { drained, listen } from '../connection/listen.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

export interface PredictionIngressOptions {
  readonly nc: NatsConnection;
  readonly predictions: PredictionSink;
  readonly subjects: Subjects;
  readonly cell: string;
  /** A message that is not one of ours, or too large, is refused as a whole. */
  readonly onRefused: (problem: Problem) => void;
}

/** Receives the predicted durations of the tasks of a cell. Messages are not answered: a lost one only means fewer predictions. */
export const openPredictionIngress = ({
  nc,
  predictions,
  subjects,
  cell,
  onRefused,
}: PredictionIngressOptions): EngineIngress => {
  const take = (msg: Msg): void => {
    const read = messageOf(msg);
    if ('problem' in read) onRefused(read.problem);
    else predictions.update(read.predictions);
  };
  const subscription = listen(nc, subjects.predictions(cell), take, { onFault: onRefused });
  const close = (): Promise<void> => drained(nc, subscription);
  return { abandon: () => void close(), close };
};

const messageOf = ({ data }: Msg): PredictionsMessage | { readonly problem: Problem } => {
  const { bytes } = PREDICTION_LIMITS;
  if (data.length > bytes) return refused(`the message has ${data.length} of ${bytes} bytes`);
  const decoded = decodeExact(data);
  if ('problem' in decoded) return decoded;
  const checked = predictionsSchema.safeParse(decoded.value);
  if (checked.success) return checked.data;
  return { problem: problemFromZod(checked.error, decoded.value, { code: 'INVALID_REQUEST' }) };
};

const refused = (message: string): { readonly problem: Problem } => ({
  problem: { code: 'INVALID_REQUEST', message },
});
