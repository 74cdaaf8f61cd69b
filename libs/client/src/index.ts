export { connect } from './node.ts';
export * from './exports.ts';
