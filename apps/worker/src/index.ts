export { payloadParsers } from './payloads.ts';
