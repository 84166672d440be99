import { createWebSessionSource, type WebSessionSourceOptions } from './create-web-session-source.ts';
import type { LoginSteps } from './web-session.ts';

/** Creates the steps of a login. */
export function createLoginSteps(options: WebSessionSourceOptions): LoginSteps {
  return {
    requestToken: async (signal) => {
      const { token, hostname } = await options.requestToken(signal);
      return { token, hostname: options.webServerHostname ?? hostname };
    },
    logIn: (issued, signal) => {
      let isUsed = false;
      const requestToken: WebSessionSourceOptions['requestToken'] = async (tokenSignal) => {
        // A login that lost its connection may have used up the token.
        if (isUsed) return options.requestToken(tokenSignal);
        isUsed = true;
        return issued;
      };
      return createWebSessionSource({ ...options, requestToken })(signal);
    },
  };
}
