/**
 * A switch with hysteresis: on at `enter` or more, off below `leave`, and only after the value stayed there for a while. The further below it
 * is, the sooner it goes off.
 */
export interface TriggerRule {
  readonly enter: number;
  /** Below `enter`, above 0: what lies between the two changes nothing. */
  readonly leave: number;
  /** Milliseconds at `enter` or more before it goes on. */
  readonly enterMs: number;
  /** Milliseconds just below `leave` before it goes off. */
  readonly leaveMs: number;
  /** Milliseconds at 0 before it goes off. */
  readonly idleMs: number;
}

export interface Trigger {
  readonly on: boolean;
  /** How much of the time to its change has passed, weighted; `undefined` while the value is not where it would change. Milliseconds. */
  readonly passedMs: number | undefined;
  /** Of the last value. */
  readonly at: number;
}

export const IDLE_TRIGGER: Trigger = { on: false, passedMs: undefined, at: 0 };

/** The switch after one more value, which came at `at` (milliseconds, never less than before). */
export const stepTrigger = (trigger: Trigger, rule: TriggerRule, value: number, at: number): Trigger => {
  const { on, passedMs } = trigger;
  const isAcross = on ? value < rule.leave : value >= rule.enter;
  if (!isAcross) return { on, passedMs: undefined, at };
  const rate = on ? leaveRate(rule, value) : 1;
  const passed = passedMs === undefined ? 0 : passedMs + (at - trigger.at) * rate;
  const isOver = passed >= (on ? rule.leaveMs : rule.enterMs);
  return isOver ? { on: !on, passedMs: undefined, at } : { on, passedMs: passed, at };
};

/** 1 just below the limit, and as much as makes `idleMs` of `leaveMs` at 0. */
const leaveRate = ({ leave, leaveMs, idleMs }: TriggerRule, value: number): number =>
  1 + ((leave - value) / leave) * Math.max(0, leaveMs / Math.max(1, idleMs) - 1);
