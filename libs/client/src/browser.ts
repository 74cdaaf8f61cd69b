export { connect } from './web.ts';
export * from './exports.ts';
