export { inFlightLimit } from './in-flight.ts';
export { openListeners } from './open-listeners.ts';
export { rateLimited } from './rate-limit.ts';
export { HttpRefusal } from './refusal.ts';
export { STALL_MS, served, webApp } from './web-app.ts';
