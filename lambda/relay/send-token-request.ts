import { type Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { TokenTimeouts } from '../../mwaa/token/derive-token-timeouts.ts';
import type { SignedRequest } from '../aws/sign-request.ts';

export interface TokenResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends one request to MWAA's API.
 *
 * @throws Error of Node's sockets. After a timeout, its code says whether the connection was established
 */
export function sendTokenRequest(
  agent: Agent,
  { protocol, body, ...target }: SignedRequest,
  { connectTimeoutMs, responseTimeoutMs }: TokenTimeouts,
  signal: AbortSignal,
): Promise<TokenResponse> {
  return new Promise((resolve, reject) => {
    const isSecure = protocol === 'https:';
    const outgoing = (isSecure ? requestHttps : requestHttp)({ ...target, agent, signal });
    const stop = (code: string | undefined, milliseconds: number) =>
      outgoing.destroy(Object.assign(new Error(`timed out after ${milliseconds} ms`), { name: 'TimeoutError', code }));
    outgoing.on('error', reject);
    outgoing.setTimeout(responseTimeoutMs, () => stop(undefined, responseTimeoutMs));
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) return;
      let code = 'ETIMEDOUT';
      const timer = setTimeout(() => stop(code, connectTimeoutMs), connectTimeoutMs);
      outgoing.once('close', () => clearTimeout(timer));
      socket.once('connect', () => {
        code = 'ERR_TLS_HANDSHAKE_TIMEOUT';
      });
      socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ statusCode, headers, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    outgoing.end(body);
  });
}
