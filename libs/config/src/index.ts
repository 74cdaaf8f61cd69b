export { describeConfig, describeKeys } from './describe.ts';
export type { ConfigRow, KeyRow } from './describe.ts';
export { envNameOf } from './keys.ts';
export { loadConfig } from './load.ts';
export type { LoadOptions } from './load.ts';
export { Secret } from './secret.ts';
export type { Config, Settings } from './settings.ts';
