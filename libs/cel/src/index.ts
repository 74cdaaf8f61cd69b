export { celConditions } from './cel-conditions.ts';
