/** Two credentials: the grants of `own` are for the namespace `acme`, those of `other` for the namespace `other`. */
export interface TwoTenants {
  readonly root: string;
  readonly own: string;
  readonly other: string;
}

/** Where the client of one tenant may not publish. */
export const foreignPublishes = ({ root, own, other }: TwoTenants): readonly string[] => [
  `${root}.ns.other.task.get.${other}`,
  `${root}.ns.other.task.get.${own}`,
  `${root}.ns.acme.task.get.${other}`,
  `${root}.ns.acme.task.get`,
  `${root}.ns.acme.task.get.more.${own}`,
  `${root}.ns.acme.history.rebuild.${own}`,
  `${root}.task.get`,
  `${root}.submit.high`,
  `${root}.tasks.high`,
  `${root}.search.find`,
  `${root}.cell.main.report`,
  `${root}.cell.main.predictions`,
  `${root}.journal.main`,
  `${root}.snapshot.main`,
  `${root}.events.other.p.t.completed`,
  `${root}.events.acme.p.t.completed`,
  `${root}.worker.s.assign`,
  `${root}.logs.t`,
  '$KV.PRECEDENT_ACCESS.key.x',
  '$KV.LEASES.main',
  '$SYS.REQ.USER.AUTH',
  '$SYS.REQ.SERVER.PING',
  '$SRV.PING',
  `_INBOX_${other}.x`,
  '$JS.API.INFO',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.DELETE.PRECEDENT_AUDIT',
  '$JS.API.STREAM.MSG.GET.JOURNAL_main',
  '$JS.API.CONSUMER.CREATE.JOURNAL_main',
  '$JS.API.DIRECT.GET.KV_PRECEDENT_ACCESS',
  '$JS.ACK.PRECEDENT_TASKS.door-high.1.1.1.1.1',
];

/** What the client of one tenant may not subscribe to. */
export const foreignSubscriptions = ({ root, other }: TwoTenants): readonly string[] => [
  '>',
  '*.>',
  '_INBOX.>',
  `_INBOX_${other}.>`,
  `${root}.>`,
  `${root}.events.>`,
  `${root}.events.*.>`,
  `${root}.events.other.>`,
  `${root}.ns.acme.>`,
  `${root}.cell.*.roll-call`,
  `${root}.worker.*.assign`,
  `${root}.logs.>`,
  '$KV.>',
  '$JS.>',
  '$SYS.>',
  '$SRV.>',
  '_R_.>',
];
