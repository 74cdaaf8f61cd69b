import type { RunState } from '@precedent/orchestration';

/** Steps that a text names, at most. */
const NAMED_MAX = 10;

/** What a run waits for, in words. */
export const runReasons = (run: RunState | undefined): string[] => {
  if (run === undefined) return ['it is about to begin'];
  const progress = `${run.ended} of ${run.steps.size} steps have ended`;
  return [run.phase === 'running' ? progress : `it is ${run.phase}: ${progress}`, ...openReasons(run)];
};

const openReasons = (run: RunState): string[] => {
  const open = [...run.steps].filter(
    ([, { state, compensation }]) => state === 'open' || compensation === 'open',
  );
  const texts = open.slice(0, NAMED_MAX).map(([name]) => openText(run, name));
  return open.length > NAMED_MAX ? [...texts, `${open.length - NAMED_MAX} more steps are open`] : texts;
};

const openText = (run: RunState, name: string): string => {
  const step = run.step(name);
  const { kind, spec } = run.planned(name);
  if (step.compensation === 'open') return `step ${name} is being undone`;
  switch (kind) {
    case 'approval': {
      const { count = 1, by } = spec.approval ?? {};
      const whose = by === undefined ? '' : ` of ${by.join(', ')}`;
      return `step ${name} waits for ${count - step.decisions.length} more approvals${whose}`;
    }
    case 'signal':
      return `step ${name} waits for signal ${spec.signal?.name ?? name}`;
    case 'sleep':
      return `step ${name} sleeps`;
    case 'map':
      return `step ${name}: ${step.items?.ended ?? 0} of ${step.items?.count ?? 0} items have ended, ${step.open} tasks are open`;
    case 'repeat':
      return step.open > 0
        ? `step ${name} runs for the ${step.round}. time`
        : `step ${name} pauses between two rounds`;
    default:
      return `step ${name} runs`;
  }
};
