import { AppError } from '@precedent/kernel';
import { silentGateway } from '@precedent/ports';
import type { GatewayTelemetry } from '@precedent/ports';

/** Counts the requests of a credential that are being answered. Throws RATE_LIMITED. */
export type EnterFlight = (credential: string, response: NodeJS.EventEmitter) => void;

/** Long polls and streams count for as long as they last, and pipelined requests each. */
export const inFlightLimit = (max: number, telemetry: GatewayTelemetry = silentGateway): EnterFlight => {
  const open = new Map<string, number>();
  return (credential, response) => {
    const count = open.get(credential) ?? 0;
    if (count >= max) {
      telemetry.emit({ name: 'request.limited', limit: 'in_flight' });
      throw new AppError('RATE_LIMITED', `${max} requests with this credential are being answered already`);
    }
    open.set(credential, count + 1);
    response.once('close', () => {
      const left = (open.get(credential) ?? 1) - 1;
      if (left > 0) open.set(credential, left);
      else open.delete(credential);
    });
  };
};
