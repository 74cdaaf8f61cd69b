export { logIn, refreshLogin } from './login/login.ts';
export { loginProvider } from './login/login-provider.ts';
export { tokenVerifier } from './token-verifier.ts';
