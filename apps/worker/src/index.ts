export { THREAD_ENTRY } from './thread-entry.ts';
export { payloadParsers } from './payloads.ts';
