import { readFileSync } from 'node:fs';
import type { AuthorizerFile } from '../../config/authorizer-file.ts';
import { AUTHORIZER_FUNCTION } from '../../contract/function-names.ts';
import { createAuthorizerHandler } from './create-authorizer-handler.ts';
import { createJwksFetcher } from './create-jwks-fetcher.ts';
import { createVerifyToken } from './create-verify-token.ts';
import { parseCallerPatterns } from './select-named-claims.ts';

const file: AuthorizerFile = JSON.parse(
  readFileSync(new URL(`./${AUTHORIZER_FUNCTION.dataFile}`, import.meta.url), 'utf8'),
);

/** Says of a token whether it is good and names a caller of ours. */
export const handler = createAuthorizerHandler(
  createVerifyToken(file, Date.now, createJwksFetcher()),
  parseCallerPatterns(file.who),
);
