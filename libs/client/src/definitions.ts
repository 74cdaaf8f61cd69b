import type {
  DefinitionKind,
  DefinitionView,
  DefinitionsReply,
  DeleteDefinitionRequest,
  LimitSpec,
  LimitUseView,
  ListDefinitionsRequest,
  PauseScheduleRequest,
  PreviewScheduleReply,
  PreviewScheduleRequest,
  ProjectSpec,
  WorkflowSpec,
  ScheduleSpec,
  ScheduleStatus,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import type { Api } from './api.ts';
import { callService } from './api.ts';

/** The specs of each kind of definition. */
export interface DefinitionSpecs {
  readonly project: ProjectSpec;
  readonly limit: LimitSpec;
  readonly workflow: WorkflowSpec;
  readonly schedule: ScheduleSpec;
}

export interface PutOptions {
  readonly namespace?: string | undefined;
  /** The revision that it must have, 0 for one that must not exist yet; any when left out. */
  readonly expect?: number | undefined;
}

/**
 * The definitions of one kind. Everything here throws ENGINE_UNREACHABLE when no engine answers, and FORBIDDEN without the right, where access
 * is required.
 */
export class DefinitionClient<K extends DefinitionKind, View = DefinitionView<DefinitionSpecs[K]>> {
  readonly #api: Api;
  readonly #of: K;
  readonly #timeoutMs: number;

  constructor(api: Api, of: K, timeoutMs: number) {
    this.#api = api;
    this.#of = of;
    this.#timeoutMs = timeoutMs;
  }

  /** Makes it, or gives it another spec. Throws INVALID_REQUEST, and PRECONDITION_FAILED when it has another revision than expected. */
  put(name: string, spec: DefinitionSpecs[K], options: PutOptions = {}): Promise<View> {
    return this.call('put', { name, spec, ...options });
  }

  /** Throws DEFINITION_NOT_FOUND. */
  get(name: string, namespace?: string): Promise<View> {
    return this.call('get', { name, namespace });
  }

  /** A page, in the order of the names; `cursor` of the answer is for the next one. */
  list(request: ListDefinitionsRequest = {}): Promise<DefinitionsReply<View & object>> {
    return this.call('list', request);
  }

  /** Resolves to what it was. Throws DEFINITION_NOT_FOUND and PRECONDITION_FAILED. */
  delete(name: string, options: Omit<DeleteDefinitionRequest, 'name'> = {}): Promise<View> {
    return this.call('delete', { name, ...options });
  }

  protected call<T>(verb: string, body: object): Promise<T> {
    const { link, subjects } = this.#api;
    return callService(link, {
      subject: subjects.definitions(this.#of, verb),
      body,
      timeoutMs: this.#timeoutMs,
      service: 'the engine',
      unavailable: 'ENGINE_UNREACHABLE',
    });
  }
}

/** How many tasks may run at once, or start in a time. */
export class LimitClient extends DefinitionClient<'limit'> {
  /** What it holds now, by key. Throws DEFINITION_NOT_FOUND. */
  show(name: string, namespace?: string): Promise<LimitUseView> {
    return this.call('show', { name, namespace });
  }
}

type ScheduleView = DefinitionView<ScheduleSpec, ScheduleStatus>;

/** Schedules. All of it throws DEFINITION_NOT_FOUND for a name that the namespace does not have. */
export class ScheduleClient extends DefinitionClient<'schedule', ScheduleView> {
  /** Lets its ticks pass without a run, until it is resumed, or until a time. */
  pause(name: string, options: Omit<PauseScheduleRequest, 'name'> = {}): Promise<ScheduleView> {
    return this.call('pause', { name, ...options });
  }

  /** Lets it go on with its next tick. */
  resume(name: string, namespace?: string): Promise<ScheduleView> {
    return this.call('resume', { name, namespace });
  }

  /** Runs its task now; resolves to the id of the task. */
  trigger(name: string, namespace?: string): Promise<TriggerScheduleReply> {
    return this.call('trigger', { name, namespace });
  }

  /** Its next ticks, with what the change of the clocks does to them. */
  preview(name: string, options: Omit<PreviewScheduleRequest, 'name'> = {}): Promise<PreviewScheduleReply> {
    return this.call('preview', { name, ...options });
  }
}
