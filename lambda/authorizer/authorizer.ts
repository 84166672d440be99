import { readFileSync } from 'node:fs';
import type { AuthorizerFile } from '../authorizer-file.ts';
import { AUTHORIZER } from '../names.ts';
import { answer } from './answer.ts';
import { keysByHttps } from './fetch-keys.ts';
import { readWho } from './named-claims.ts';
import { tokenCheck } from './token-check.ts';

const file: AuthorizerFile = JSON.parse(readFileSync(new URL(`./${AUTHORIZER.data}`, import.meta.url), 'utf8'));

/** Says of a token whether it is good and names a caller of ours. */
export const handler = answer(tokenCheck(file, Date.now, keysByHttps()), readWho(file.who));
