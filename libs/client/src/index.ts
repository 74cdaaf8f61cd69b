export { connect } from './node.ts';
export { isolated } from './worker/isolation/isolated.ts';
export * from './exports.ts';
