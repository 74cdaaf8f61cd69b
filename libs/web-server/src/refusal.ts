import { AppError } from '@precedent/kernel';

/** A refusal by a rule of HTTP, with the status that clients of HTTP know it by. */
export class HttpRefusal extends AppError {
  readonly statusCode: number;

  constructor(statusCode: number, field: string, message: string) {
    super('INVALID_REQUEST', `${field}: ${message}`, { issues: [{ field, message }] });
    this.statusCode = statusCode;
  }
}
