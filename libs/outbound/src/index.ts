export { allowedAddresses, systemResolve } from './addresses.ts';
export type { Resolve } from './addresses.ts';
export { DEFAULT_DENY, hostRules } from './host-rules.ts';
export type { HostRules } from './host-rules.ts';
export { isRedirect, sendRequest } from './request.ts';
export type { HttpResponse, OutboundRequest, RawBody, RequestOptions } from './request.ts';
