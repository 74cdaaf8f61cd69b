import type { PauseScheduleRequest, ScheduleRequest } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { OrProblem, Reply, ScheduleApi } from '@precedent/ports';
import type { CallerDefinitions } from './caller-definitions.ts';

export interface CallerSchedulesParts {
  readonly schedules: ScheduleApi;
  readonly definitions: CallerDefinitions;
  readonly namespace: string;
  /** The caller. */
  readonly by: string;
}

/** The schedules that a caller may see and change. One outside its scope is answered as one that does not exist. */
export class CallerSchedules implements ScheduleApi {
  readonly #parts: CallerSchedulesParts;

  constructor(parts: CallerSchedulesParts) {
    this.#parts = parts;
  }

  pause(request: PauseScheduleRequest, reply: Parameters<ScheduleApi['pause']>[1]): void {
    const { schedules, by } = this.#parts;
    this.#changing(request, reply, (own) => schedules.pause({ ...own, by }, reply));
  }

  resume(request: ScheduleRequest, reply: Parameters<ScheduleApi['resume']>[1]): void {
    this.#changing(request, reply, (own) => this.#parts.schedules.resume(own, reply));
  }

  trigger(request: ScheduleRequest, reply: Parameters<ScheduleApi['trigger']>[1]): void {
    this.#changing(request, reply, (own) => this.#parts.schedules.trigger(own, reply));
  }

  preview(...[request, reply]: Parameters<ScheduleApi['preview']>): void {
    const { definitions, schedules, namespace } = this.#parts;
    definitions.get('schedule', request, (found) =>
      'error' in found ? reply(found) : schedules.preview({ ...request, namespace }, reply),
    );
  }

  #changing<R extends ScheduleRequest, T extends object>(
    request: R,
    reply: Reply<OrProblem<T>>,
    change: (own: R) => void,
  ): void {
    const { definitions, namespace } = this.#parts;
    definitions.changeable('schedule', request, (error: Problem | undefined) =>
      error ? reply({ error }) : change({ ...request, namespace }),
    );
  }
}
