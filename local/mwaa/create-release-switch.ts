import type { RequestListener } from 'node:http';
import { createReplayRunner } from '../airflow/replay-runner.ts';
import { createWebServer, type WebServerOptions } from './create-web-server.ts';
import { createHtmlPage, sendResponse } from './http-messages.ts';

/** The web server of the environment's release. While the fault `wrong-release` is active, a replay of another release. */
export function createReleaseSwitch(options: WebServerOptions): RequestListener {
  const webServer = createWebServer(options);
  const otherRelease = options.runner.release.startsWith('3.') ? '2.10.3' : '3.0.6';
  let otherWebServer: Promise<RequestListener> | undefined;
  return async (request, response) => {
    if (!options.faults.getFor('web server')?.otherRelease) return webServer(request, response);
    otherWebServer ??= createReplayRunner(otherRelease).then((runner) => createWebServer({ ...options, runner }));
    const listener = await otherWebServer.catch(() => respondInternalError);
    return listener(request, response);
  };
}

const respondInternalError: RequestListener = (_, response) =>
  sendResponse(response, createHtmlPage(500, 'Internal Server Error'));
