export { connect } from './web.ts';
export { isolatedInBrowser as isolated } from './worker/isolation/isolated-web.ts';
export * from './exports.ts';
