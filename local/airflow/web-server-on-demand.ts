import type { AirflowWebServer } from './start-web-server.ts';

/** A web server that starts when it is needed. */
export interface WebServerOnDemand {
  /** The running web server. Starts one if there is none, or if it has exited. Rejects if it cannot be started. */
  get(): Promise<AirflowWebServer>;
  /** Ends the web server, also while it starts. The next `get` starts another one. */
  end(): Promise<void>;
}

/** @param start its signal ends the start */
export function createWebServerOnDemand(start: (signal: AbortSignal) => Promise<AirflowWebServer>): WebServerOnDemand {
  let current: { readonly webServer: Promise<AirflowWebServer>; readonly ending: AbortController } | undefined;
  const startAnother = (): Promise<AirflowWebServer> => {
    const ending = new AbortController();
    const started = { webServer: start(ending.signal), ending };
    current = started;
    started.webServer.catch(() => {
      if (current === started) current = undefined;
    });
    return started.webServer;
  };
  return {
    async get() {
      for (;;) {
        if (current === undefined) return startAnother();
        const awaited = current;
        const webServer = await awaited.webServer;
        if (webServer.isRunning()) return webServer;
        if (current === awaited) current = undefined;
      }
    },
    async end() {
      const ended = current;
      current = undefined;
      ended?.ending.abort();
      await ended?.webServer.then(
        (webServer) => webServer.close(),
        () => {},
      );
    },
  };
}

/** In place of a web server that there cannot be. */
export const createMissingWebServer = (reason: string): WebServerOnDemand => ({
  get: () => Promise.reject(new Error(reason)),
  end: () => Promise.resolve(),
});
