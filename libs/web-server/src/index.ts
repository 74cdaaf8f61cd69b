export { openListeners } from './open-listeners.ts';
export { STALL_MS, served, webApp } from './web-app.ts';
