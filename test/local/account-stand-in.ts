import { createServer } from 'node:https';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { SignatureVerification, SignedRequest } from '../../local/iam/verify-signature.ts';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';
import { sendResponse } from '../../local/mwaa/http-messages.ts';
import { readBody } from '../../local/read-body.ts';

export interface AccountOptions {
  readonly certificate: ServerCertificate;
  /** The path of the only operation. */
  readonly path: string;
  /** The response, which is sent as JSON. */
  readonly account: object;
  /** Checks Signature Version 4 for the signing name of the service. */
  verifySignature(request: SignedRequest): Promise<SignatureVerification>;
  isAllowed(principal: Principal): Promise<boolean>;
}

export interface AccountStandIn {
  readonly port: number;
  close(): Promise<void>;
}

/** Simulates an operation without parameters that returns the settings of the account: of Lambda, or of API Gateway. */
export async function startAccountService(service: AccountOptions): Promise<AccountStandIn> {
  const server = createServer(service.certificate, async (request, response) => {
    const { method = '', url = '', headers } = request;
    const respond = (status: number, body: object, more: Record<string, string> = {}) =>
      sendResponse(response, { status, contentType: 'application/json', body: JSON.stringify(body) }, more);
    const reject = (status: number, code: string) =>
      respond(status, { message: code }, { 'x-amzn-ErrorType': `${code}Exception` });
    const body = await readBody(request);
    const caller = await service.verifySignature({ method, rawPath: url, rawQuery: '', headers, body });
    if (!caller.ok) return reject(403, 'UnrecognizedClient');
    if (!(await service.isAllowed(caller.principal))) return reject(403, 'AccessDenied');
    return method === 'GET' && url === service.path ? respond(200, service.account) : reject(404, 'NotFound');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((closed) => server.close(() => closed()).closeAllConnections()),
  };
}
