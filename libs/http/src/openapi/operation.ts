import type { OperationName } from '@precedent/contracts';
import { catalogue } from '@precedent/kernel';
import { isTagged, readBefore } from '../entity-tags.ts';
import { startsTask } from '../routes.ts';
import type { RoutedOperation } from '../routes.ts';
import { content } from './content.ts';
import type { Json, NamedSchemas } from './named-schemas.ts';
import { requestOf } from './parameters.ts';
import { refusals } from './refusals.ts';
import { FOLLOWED } from './streams.ts';
import { resultLines, submissionAnswers, submissionRequest } from './submission.ts';

/** An operation of the catalogue at its route. */
export const describedOperation = (routed: RoutedOperation, schemas: NamedSchemas): Json => {
  const { name, operation } = routed;
  return {
    operationId: operationIdOf(name),
    summary: operation.summary,
    tags: [operation.group],
    ...(name === 'submit.submit'
      ? submissionRequest(operation, schemas)
      : requestOf(routed, schemas.of(operation.request, 'input'))),
    responses: responsesOf(routed, schemas),
  };
};

const operationIdOf = (name: string): string => name.replace('.', '_');

const ETAG: Json = { ETag: { description: 'Of the whole state.', schema: { type: 'string' } } };

const responsesOf = ({ name, operation }: RoutedOperation, schemas: NamedSchemas): Json => {
  const codes = operation.errors.map((code) => String(catalogue[code].http));
  const unmet = readBefore(name) === undefined ? [] : ['412'];
  const answered =
    name === 'submit.submit'
      ? submissionAnswers(operation)
      : { [startsTask(name) ? 202 : 200]: operation.reply };
  const replies = Object.entries(answered).map(([status, reply]) => [
    status,
    {
      description: 'The reply.',
      ...(isTagged(name) && { headers: ETAG }),
      content: {
        ...content('application/json', schemas.of(reply, 'output')),
        ...FOLLOWED[name]?.(schemas),
        ...(name === 'submit.submit' && status === '200' && resultLines(schemas)),
      },
      ...linksOf(name, status),
    },
  ]);
  return {
    ...Object.fromEntries(replies),
    ...(isTagged(name) && { 304: { description: 'What the client has still holds.', headers: ETAG } }),
    ...refusals([...codes, ...unmet]),
  };
};

/** What can be done next with the id in a reply. */
const NEXT: Readonly<Partial<Record<OperationName, readonly (OperationName | 'task.events')[]>>> = {
  'submit.submit': [
    'task.get',
    'task.wait',
    'task.why',
    'task.events',
    'task.cancel',
    'task.delete',
    'history.logs',
  ],
  'task.cancel': ['task.get', 'task.delete'],
  'task.bulkStart': ['task.get', 'task.wait', 'task.cancel'],
  'access.createKey': ['access.rotateKey', 'access.revokeKey'],
  'access.addGrant': ['access.removeGrant'],
  'access.addSigner': ['access.removeSigner'],
  'webhooks.create': ['webhooks.get', 'webhooks.update', 'webhooks.rotate', 'webhooks.remove'],
};

const linksOf = (name: OperationName, status: string): Json => {
  const next = status === '207' ? [] : (NEXT[name] ?? []);
  if (next.length === 0) return {};
  const links = next.map(operationIdOf).map((operationId) => {
    return [operationId, { operationId, parameters: { 'path.id': '$response.body#/id' } }];
  });
  return { links: Object.fromEntries(links) };
};
