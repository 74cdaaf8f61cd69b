import { namedOperations } from '@precedent/contracts';
import type { NamedOperation, OperationName } from '@precedent/contracts';

/** Where an operation is served below `/api/v1`. `{…}` is a field of its request; the others are in the query of a GET, else in the body. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
}

const get = (path: string): HttpRoute => ({ method: 'GET', path });
const post = (path: string): HttpRoute => ({ method: 'POST', path });
const put = (path: string): HttpRoute => ({ method: 'PUT', path });
const remove = (path: string): HttpRoute => ({ method: 'DELETE', path });

/** Every operation has a route: the type requires one for each entry of the catalogue. */
export const HTTP_ROUTES: Readonly<Record<OperationName, HttpRoute>> = {
  'submit.submit': post('/tasks'),
  'task.list': get('/tasks'),
  'task.counts': get('/tasks/counts'),
  'history.stats': get('/tasks/stats'),
  'task.dryRun': post('/tasks/dry-run'),
  'task.bulkPreview': post('/tasks/bulk'),
  'task.bulkStart': post('/tasks/bulk/start'),
  'task.get': get('/tasks/{id}'),
  'task.wait': get('/tasks/{id}/wait'),
  'task.cancel': post('/tasks/{id}/cancel'),
  'task.retry': post('/tasks/{id}/retry'),
  'task.reband': post('/tasks/{id}/band'),
  'task.delete': remove('/tasks/{id}'),
  'task.why': get('/tasks/{id}/why'),
  'history.logs': get('/tasks/{id}/logs'),
  'task.decisions': get('/decisions'),
  'task.workers': get('/workers'),
  'task.status': get('/status'),
  'history.list': get('/history/tasks'),
  'history.get': get('/history/tasks/{id}'),
  'task.deleteForgotten': remove('/history/tasks/{id}'),
  'history.search': get('/history/search'),
  'history.events': get('/history/events'),
  'history.feed': get('/events'),
  'history.decisions': get('/history/decisions'),
  'history.status': get('/history/status'),
  'history.rebuild': post('/history/rebuild'),
  'history.optimise': post('/history/optimise'),
  'history.copy': post('/history/copy'),
  'search.find': post('/search'),
  'search.seen': post('/search/seen'),
  'search.diff': post('/search/diff'),
  'search.predict': post('/search/predict'),
  'search.recommend': post('/search/recommend'),
  'search.failures': post('/search/failures'),
  'search.resolve': post('/search/resolve'),
  'search.remember': post('/search/remember'),
  'search.recall': post('/search/recall'),
  'search.documents': post('/search/documents'),
  'search.collections': get('/collections'),
  'search.status': get('/search/status'),
  'access.keys': get('/access/keys'),
  'access.createKey': post('/access/keys'),
  'access.rotateKey': post('/access/keys/{id}/rotate'),
  'access.revokeKey': remove('/access/keys/{id}'),
  'access.grants': get('/access/grants'),
  'access.addGrant': post('/access/grants'),
  'access.removeGrant': remove('/access/grants/{id}'),
  'access.signers': get('/access/signers'),
  'access.addSigner': post('/access/signers'),
  'access.removeSigner': remove('/access/signers/{id}'),
  'access.audit': get('/access/audit'),
  'run.show': get('/runs/{id}'),
  'run.signal': post('/runs/{id}/signals'),
  'run.decide': post('/runs/{id}/approvals/{step}'),
  'run.pause': post('/runs/{id}/pause'),
  'run.resume': post('/runs/{id}/resume'),
  'run.approvals': get('/approvals'),
  'project.put': put('/projects/{name}'),
  'project.get': get('/projects/{name}'),
  'project.list': get('/projects'),
  'project.delete': remove('/projects/{name}'),
  'limit.put': put('/limits/{name}'),
  'limit.get': get('/limits/{name}'),
  'limit.list': get('/limits'),
  'limit.delete': remove('/limits/{name}'),
  'limit.show': get('/limits/{name}/use'),
  'workflow.put': put('/workflows/{name}'),
  'workflow.get': get('/workflows/{name}'),
  'workflow.list': get('/workflows'),
  'workflow.delete': remove('/workflows/{name}'),
  'schedule.put': put('/schedules/{name}'),
  'schedule.get': get('/schedules/{name}'),
  'schedule.list': get('/schedules'),
  'schedule.delete': remove('/schedules/{name}'),
  'schedule.pause': post('/schedules/{name}/pause'),
  'schedule.resume': post('/schedules/{name}/resume'),
  'schedule.trigger': post('/schedules/{name}/trigger'),
  'schedule.preview': get('/schedules/{name}/preview'),
  'webhooks.create': post('/webhooks'),
  'webhooks.list': get('/webhooks'),
  'webhooks.get': get('/webhooks/{id}'),
  'webhooks.update': post('/webhooks/{id}'),
  'webhooks.remove': remove('/webhooks/{id}'),
  'webhooks.rotate': post('/webhooks/{id}/rotate'),
  'webhooks.deliveries': get('/webhooks/{id}/deliveries'),
  'webhooks.redeliver': post('/webhooks/{id}/redeliver'),
  'webhooks.test': post('/webhooks/{id}/test'),
};

/** Its reply is a task that has not begun. */
export const startsTask = (name: OperationName): boolean => name === 'task.bulkStart';

export type RoutedOperation = HttpRoute & NamedOperation;

/** The catalogue with its routes. */
export const ROUTED: readonly RoutedOperation[] = namedOperations().map((named) => ({
  ...named,
  ...HTTP_ROUTES[named.name],
}));

/** Streams that no operation of the catalogue answers. */
const STREAMED: readonly HttpRoute[] = [get('/live'), get('/tasks/{id}/events')];

/** The methods that a path below `/api/v1` has. What a route names wins over what may be an id. */
export const methodsOf = (path: string): readonly string[] => {
  const all = [...ROUTED, ...STREAMED];
  const named = all.filter((route) => route.path === path);
  const routes = named.length > 0 ? named : all.filter((route) => matches(route.path, path));
  return [...new Set(routes.map(({ method }) => method))];
};

const matches = (pattern: string, path: string): boolean => {
  const [wanted, parts] = [pattern.split('/'), path.split('/')];
  const isSame = (part: string, index: number): boolean =>
    part === parts[index] || (part.startsWith('{') && parts[index] !== '');
  return wanted.length === parts.length && wanted.every(isSame);
};
