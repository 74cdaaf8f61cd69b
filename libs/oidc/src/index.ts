export { logIn, refreshLogin } from './login/login.ts';
export type { LoginTokens } from './login/login.ts';
export { tokenVerifier } from './token-verifier.ts';
