import type {
  PauseScheduleRequest,
  PreviewScheduleReply,
  PreviewScheduleRequest,
  ScheduleRequest,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import type { AnyDefinitionView } from './definition-api.port.ts';
import type { OrProblem, Reply } from './task-api.port.ts';

/** What is done with schedules in addition to what every definition has. No method throws. */
export interface ScheduleApi {
  pause(
    request: PauseScheduleRequest & { readonly by?: string | undefined },
    reply: Reply<OrProblem<AnyDefinitionView>>,
  ): void;
  resume(request: ScheduleRequest, reply: Reply<OrProblem<AnyDefinitionView>>): void;
  trigger(request: ScheduleRequest, reply: Reply<OrProblem<TriggerScheduleReply>>): void;
  preview(request: PreviewScheduleRequest, reply: Reply<OrProblem<PreviewScheduleReply>>): void;
}
