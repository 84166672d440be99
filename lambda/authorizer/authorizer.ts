import type { AuthorizerFile } from '../../config/authorizer-file.ts';
import { AUTHORIZER_FUNCTION } from '../../contract/function-names.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import { createAuthorizerHandler } from './create-authorizer-handler.ts';
import { createJwksFetcher } from './create-jwks-fetcher.ts';
import { createVerifyToken } from './create-verify-token.ts';
import { parseCallerPatterns } from './select-named-claims.ts';

const file: AuthorizerFile = readDeployedJson(AUTHORIZER_FUNCTION.dataFile);

/** The authorizer function: checks whether a token is valid and belongs to a caller that a grant names. */
export const handler = createAuthorizerHandler(
  createVerifyToken(file, Date.now, createJwksFetcher()),
  parseCallerPatterns(file.who),
);
