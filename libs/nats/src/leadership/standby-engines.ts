import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import { trackAnnounced } from './announced-names.ts';
import type { AnnouncedNames } from './announced-names.ts';

interface CellSubject {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
}

/** Tracks the engines that stand by for a cell. `now`: milliseconds. */
export const trackStandbyEngines = ({ nc, subjects, cell }: CellSubject, now: () => number): AnnouncedNames =>
  trackAnnounced({ nc, subject: subjects.standby(cell), field: 'engine' }, now);
