import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { CLAIMS_CONTEXT_KEY } from '../../contract/event-names.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import type { CallerPattern } from '../../policy/caller-pattern.ts';
import type { VerifyToken } from './create-verify-token.ts';
import { selectNamedClaims } from './select-named-claims.ts';
import { InvalidTokenError, TokenCheckError } from './token-errors.ts';

/** What the log says of one token: members named here, and of the token only, once it is known to be good, who it is for. */
interface AuthorizerLogLine {
  authorizer: 'allowed' | 'denied' | 'unauthorized' | 'failed';
  why?: string;
  issuer?: string;
  subject?: string;
}

/** API Gateway makes a 401 of an error with this very message, and a 500 of any other (documented). */
const UNAUTHORIZED_MESSAGE = 'Unauthorized';

/**
 * Longest answer, in bytes of its JSON. Documented for WebSocket APIs: 8 KB. Of REST APIs no figure is documented and larger ones
 * are reported to pass; that it holds for them too is assumed.
 */
export const MAX_AUTHORIZER_RESPONSE_BYTES = 8 * 1024;

/**
 * The handler proper. A caller whom no grant names is denied in words: silence, beside a resource policy that allows, would let
 * them in. The answer is for every path below `/oidc` of the stage, for API Gateway keeps it for all of them.
 *
 * @throws Error `Unauthorized` for a token that is not good; any other where that cannot be told
 */
export const createAuthorizerHandler =
  (check: VerifyToken, named: readonly CallerPattern[]) =>
  async ({ authorizationToken, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const line: AuthorizerLogLine = { authorizer: 'failed' };
    try {
      const Resource = toOidcResourceArn(methodArn);
      const [, token = ''] = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorizationToken ?? '') ?? [];
      if (token === '') throw new InvalidTokenError('NoBearerToken');
      const claims = await check(token);
      Object.assign(line, { issuer: claims.iss, subject: claims.sub.slice(0, 256) });
      const known = selectNamedClaims(claims, named);
      const Effect = known === undefined ? 'Deny' : 'Allow';
      const result: APIGatewayAuthorizerResult = {
        principalId: toPrintable(claims.sub),
        policyDocument: { Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }] },
        ...(known === undefined ? {} : { context: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(known) } }),
      };
      if (Buffer.byteLength(JSON.stringify(result)) > MAX_AUTHORIZER_RESPONSE_BYTES)
        throw new TokenCheckError('ClaimsTooLong');
      line.authorizer = known === undefined ? 'denied' : 'allowed';
      return result;
    } catch (error) {
      if (error instanceof InvalidTokenError) {
        Object.assign(line, { authorizer: 'unauthorized', why: error.message });
        throw new Error(UNAUTHORIZED_MESSAGE);
      }
      line.why = error instanceof TokenCheckError ? error.reason : 'Unexpected';
      // Lambda logs what is thrown: of an error nobody thought of it is not known what is in it.
      throw error instanceof TokenCheckError ? error : new Error('The token could not be checked.');
    } finally {
      console.log(JSON.stringify(line));
    }
  };

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/oidc/…` → all of `STAGE/*\/oidc/`. */
function toOidcResourceArn(methodArn: string): string {
  const [, stage] = /^(arn:[\w-]+:execute-api:[\w-]+:\d{12}:[a-z0-9]+\/[\w-]+)\/[A-Z]+\//.exec(methodArn) ?? [];
  if (stage === undefined) throw new TokenCheckError('MethodArn');
  return `${stage}/*/${OIDC_PATH}/*`;
}

/** For API Gateway's access log. */
const toPrintable = (subject: string): string => subject.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 256);
