export { describeConfig, describeKeys } from './describe.ts';
export { isSettingName } from './environment.ts';
export { envNameOf } from './keys.ts';
export { loadConfig } from './load.ts';
export { connectOptionsOf, gateOptionsOf, natsOptionsOf, serverUrlOf } from './nats-options.ts';
export { agingOf, policyOf, policyOver, policyProblems } from './policy.ts';
export { policyChanges } from './policy-schema.ts';
export type { Config } from './settings.ts';
export { qdrantAddressOf, serverTlsOf } from './tls-files.ts';
