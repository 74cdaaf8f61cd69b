import type { WatchedEvent } from '@precedent/client';
import { formatIn } from '@precedent/kernel';
import { briefFailure, codedFailure } from './failure-text.ts';
import { shortId } from './short-ids.ts';
import { commandOf, titleText } from './task-view-text.ts';
import { styleOf } from './terminal/style.ts';
import { streamLine } from './terminal/table.ts';
import type { Page } from './terminal/table.ts';

const TIME_CHARS = 8;
const EVENT_CHARS = 9;
const SHORT_ID_CHARS = 12;
const ID_CHARS = 26;
/** Columns from which there is room for whole ids. */
const ROOMY = 120;

/** One event as it happens: a line of a terminal, or all of it for a pipe. */
export const eventText = (event: WatchedEvent, page: Page): string => {
  const name = { text: event.event, style: styleOf(event.event) };
  if (!Number.isFinite(page.columns)) return wholeLine(event, page);
  const [id, width] = page.columns < ROOMY ? [shortId(event.id), SHORT_ID_CHARS] : [event.id, ID_CHARS];
  const cells = [clockText(event.at), name, id, titleText(event), noteOf(event)];
  return streamLine([TIME_CHARS, EVENT_CHARS, width, 'share', 'share'], cells, page);
};

/** All of an event, for a pipe. */
const wholeLine = (event: WatchedEvent, page: Page): string => {
  const { id, namespace, project, type, band, name } = event;
  const facts = [id, `${namespace}/${project}`, type, band, name ?? '', commandOf(event) ?? ''];
  const texts = [...facts, noteOf(event, codedFailure)].filter((text) => text !== '');
  return streamLine(
    ['share', EVENT_CHARS, ...texts.map(() => 'share' as const)],
    [new Date(event.at).toISOString(), event.event, ...texts],
    page,
  );
};

/** The time of day where the terminal is. */
const clockText = (at: number): string => {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
};

const noteOf = (event: WatchedEvent, failure = briefFailure): string => {
  const { fraction, message, error, dueAt, at, reason, worker } = event;
  const notes = [
    ...(fraction === undefined ? [] : [`${Math.round(fraction * 100)} % ${message ?? ''}`.trim()]),
    ...(error === undefined ? [] : [failure(error)]),
    ...(reason === undefined ? [] : [reason]),
    ...(dueAt === undefined ? [] : [`due ${formatIn(Math.max(0, dueAt - at))}`]),
    ...(event.event === 'started' && worker !== undefined ? [`on ${worker}`] : []),
  ];
  return notes.join(', ');
};
