import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import type { Who } from '../../policy/who.ts';
import { CLAIMS_MEMBER, OIDC_PATH } from '../names.ts';
import { namedClaims } from './named-claims.ts';
import { BadToken, type CheckToken } from './token-check.ts';

/** What the log says of one token: members named here, nothing of the token but who it is for. */
interface Line {
  authorizer: 'allowed' | 'denied' | 'unauthorized' | 'failed';
  why?: string;
  issuer?: string;
  subject?: string;
}

/** API Gateway makes a 401 of an error with this very message, and a 500 of any other. */
const UNAUTHORIZED = 'Unauthorized';

/** Longest answer that API Gateway takes, less what JSON may add on the way. Source: API Gateway quotas. */
const LONGEST_ANSWER = 8 * 1024 - 256;

/**
 * The handler proper. A caller whom no grant names is denied in words: silence, beside a resource policy that allows, would let
 * them in. The answer is for every path below `/oidc` of the stage, for API Gateway keeps it for all of them.
 *
 * @throws Error `Unauthorized` for a token that is not good; any other where that cannot be told
 */
export const answer =
  (check: CheckToken, named: readonly Who[]) =>
  async ({ authorizationToken, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const line: Line = { authorizer: 'failed' };
    try {
      const [, token = ''] = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorizationToken ?? '') ?? [];
      if (token === '') throw new BadToken('NoBearerToken');
      const claims = await check(token);
      Object.assign(line, { issuer: claims.iss, subject: claims.sub.slice(0, 256) });
      const known = namedClaims(claims, named);
      line.authorizer = known === undefined ? 'denied' : 'allowed';
      const result = {
        principalId: printable(claims.sub),
        policyDocument: policy(known !== undefined, methodArn),
        ...(known === undefined ? {} : { context: { [CLAIMS_MEMBER]: JSON.stringify(known) } }),
      };
      if (Buffer.byteLength(JSON.stringify(result)) > LONGEST_ANSWER) {
        throw new Error('The claims that grants name are longer than API Gateway hands on: name fewer groups.');
      }
      return result;
    } catch (error) {
      const { message, name } = error as Error;
      Object.assign(
        line,
        error instanceof BadToken ? { authorizer: 'unauthorized', why: message } : { authorizer: 'failed', why: name },
      );
      throw error instanceof BadToken ? new Error(UNAUTHORIZED) : new Error('The token could not be checked.');
    } finally {
      console.log(JSON.stringify(line));
    }
  };

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/oidc/…` → all of `STAGE/*\/oidc/`. */
function policy(allowed: boolean, methodArn: string): APIGatewayAuthorizerResult['policyDocument'] {
  const [api, stage] = methodArn.split('/');
  const Resource = `${api}/${stage}/*/${OIDC_PATH}/*`;
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: allowed ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource }],
  };
}

/** For API Gateway's access log. */
const printable = (subject: string): string => subject.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 256);
