/** A switch with hysteresis: on at `enter` or more, off below `leave`, and only after the value stayed there for a while. */
export interface TriggerRule {
  readonly enter: number;
  /** Below `enter`: what lies between the two changes nothing. */
  readonly leave: number;
  /** Milliseconds at `enter` or more before it goes on. */
  readonly enterMs: number;
  /** Milliseconds below `leave` before it goes off, so that it stays on for that long at least. */
  readonly leaveMs: number;
}

export interface Trigger {
  readonly on: boolean;
  /** Since when the value has been where it would change the switch. Milliseconds. */
  readonly crossedAt: number | undefined;
}

export const RESTING: Trigger = { on: false, crossedAt: undefined };

/** The switch after one more value, which came at `at` (milliseconds, never less than before). */
export const stepTrigger = (trigger: Trigger, rule: TriggerRule, value: number, at: number): Trigger => {
  const isAcross = trigger.on ? value < rule.leave : value >= rule.enter;
  if (!isAcross) return { on: trigger.on, crossedAt: undefined };
  const crossedAt = trigger.crossedAt ?? at;
  const isLongEnough = at - crossedAt >= (trigger.on ? rule.leaveMs : rule.enterMs);
  return isLongEnough ? { on: !trigger.on, crossedAt: undefined } : { on: trigger.on, crossedAt };
};
