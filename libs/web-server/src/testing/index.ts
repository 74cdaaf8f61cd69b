export { collectedTelemetry } from './collected-telemetry.ts';
export { OTHER_KEY, TEST_KEY, testListener } from './test-listener.ts';
