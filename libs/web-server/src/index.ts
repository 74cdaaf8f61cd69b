export { addressLimit } from './address-limit.ts';
export { limitConnections } from './connection-rules.ts';
export { inFlightLimit } from './in-flight.ts';
export { listening, renewCertificate } from './listening.ts';
export { openListeners } from './open-listeners.ts';
export { rateLimited } from './rate-limit.ts';
export { HttpRefusal } from './refusal.ts';
export { requestRules } from './request-rules.ts';
export { CONNECTIONS_MAX, HEADERS_MS, STALL_MS, limitBodyTime, served, webApp } from './web-app.ts';
