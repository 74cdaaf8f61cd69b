import type { Band } from '@precedent/kernel';
import type { TaskClass } from './task-class.ts';

const inBands = new WeakMap<TaskClass, Map<Band, TaskClass>>();

/** The same class in another band; one object for all tasks that move together. */
export const classInBand = (taskClass: TaskClass, band: Band): TaskClass => {
  if (taskClass.band === band) return taskClass;
  const known = inBands.get(taskClass) ?? new Map<Band, TaskClass>();
  inBands.set(taskClass, known);
  const moved = known.get(band) ?? moveTo(taskClass, band);
  known.set(band, moved);
  return moved;
};

const moveTo = ({ submittedBand, ...taskClass }: TaskClass, band: Band): TaskClass => {
  const submitted = submittedBand ?? taskClass.band;
  return { ...taskClass, band, ...(band !== submitted && { submittedBand: submitted }) };
};

/** The class as it was submitted, which the digest of the task is of. */
export const submittedClassOf = (taskClass: TaskClass): TaskClass =>
  taskClass.submittedBand === undefined ? taskClass : classInBand(taskClass, taskClass.submittedBand);
