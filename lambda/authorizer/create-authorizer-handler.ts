import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { CLAIMS_CONTEXT_KEY } from '../../contract/event-names.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import type { CallerPattern } from '../../policy/caller-pattern.ts';
import { writeLogLine } from '../audit/write-log-line.ts';
import type { VerifyToken } from './create-verify-token.ts';
import { selectNamedClaims } from './select-named-claims.ts';
import { InvalidTokenError, TokenCheckError } from './token-errors.ts';

/** The log line of one token. Only these members are logged. Issuer and subject are logged only for a valid token. */
interface AuthorizerLogLine {
  authorizer: 'allowed' | 'denied' | 'unauthorized' | 'failed';
  why?: string;
  issuer?: string;
  subject?: string;
}

/** API Gateway returns 401 for an error with exactly this message, and 500 for any other (documented). */
const UNAUTHORIZED_MESSAGE = 'Unauthorized';

/**
 * Size limit of the response, in bytes of its JSON. AWS documents 8 KB for WebSocket APIs and no limit for REST APIs. Users
 * report that larger responses work on REST APIs, but that is not documented, so the documented limit is applied.
 */
export const MAX_AUTHORIZER_RESPONSE_BYTES = 8 * 1024;

/**
 * Creates the authorizer's handler. A caller that no grant names is explicitly denied. Without this Deny, an Allow in the resource
 * policy would be sufficient. The returned policy covers all paths below `/oidc` of the stage, because API Gateway caches it for all
 * of them.
 *
 * @throws Error `Unauthorized` for an invalid token; any other error if the token could not be checked
 */
export const createAuthorizerHandler =
  (verifyToken: VerifyToken, callerPatterns: readonly CallerPattern[]) =>
  async ({ authorizationToken, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const line: AuthorizerLogLine = { authorizer: 'failed' };
    try {
      const Resource = toOidcResourceArn(methodArn);
      const [, token = ''] = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorizationToken ?? '') ?? [];
      if (token === '') throw new InvalidTokenError('NoBearerToken');
      const verified = await verifyToken(token);
      Object.assign(line, { issuer: verified.iss, subject: verified.sub.slice(0, 256) });
      const namedClaims = selectNamedClaims(verified, callerPatterns);
      const Effect = namedClaims === undefined ? 'Deny' : 'Allow';
      const result: APIGatewayAuthorizerResult = {
        principalId: toPrintable(verified.sub),
        policyDocument: { Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }] },
        ...(namedClaims === undefined ? {} : { context: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(namedClaims) } }),
      };
      if (Buffer.byteLength(JSON.stringify(result)) > MAX_AUTHORIZER_RESPONSE_BYTES)
        throw new TokenCheckError('ClaimsTooLong');
      line.authorizer = namedClaims === undefined ? 'denied' : 'allowed';
      return result;
    } catch (error) {
      if (error instanceof InvalidTokenError) {
        Object.assign(line, { authorizer: 'unauthorized', why: error.message });
        throw new Error(UNAUTHORIZED_MESSAGE);
      }
      line.why = error instanceof TokenCheckError ? error.reason : 'Unexpected';
      // Lambda logs the thrown error. An unexpected error is replaced, because it may contain the token.
      throw error instanceof TokenCheckError ? error : new Error('The token could not be checked.');
    } finally {
      writeLogLine(line);
    }
  };

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/oidc/…` → `…/STAGE/*\/oidc/*`. */
function toOidcResourceArn(methodArn: string): string {
  const [, stage] = /^(arn:[\w-]+:execute-api:[\w-]+:\d{12}:[a-z0-9]+\/[\w-]+)\/[A-Z]+\//.exec(methodArn) ?? [];
  if (stage === undefined) throw new TokenCheckError('MethodArn');
  return `${stage}/*/${OIDC_PATH}/*`;
}

/** The subject as API Gateway's access log shows it: printable ASCII, at most 256 characters. */
const toPrintable = (subject: string): string => subject.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 256);
