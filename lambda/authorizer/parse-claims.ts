import { InvalidTokenError } from './token-errors.ts';

/** The arguments of a reviver of `JSON.parse`. TypeScript's library does not declare the third. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseJson = JSON.parse as (text: string, revive: Reviver) => unknown;

/**
 * Parses a part of a token. Numbers and booleans become their text in the token: as JavaScript's numbers, 9007199254740993 and
 * 9007199254740992 would be the same, and so would 1.0 and 1.
 *
 * @throws InvalidTokenError if a member occurs twice: issuer and authorizer could read different values. Source: RFC 7519, 4
 */
export function parseTokenPart(part: string): Record<string, unknown> {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  const parsed = parseJson(text, (_key, value, { source }) =>
    typeof value === 'number' || typeof value === 'boolean' ? source : value,
  );
  if (hasRepeatedMember(text)) throw new InvalidTokenError('RepeatedClaim');
  return parsed as Record<string, unknown>;
}

/** Whether a member of the outermost object occurs twice. Requires valid JSON. */
function hasRepeatedMember(json: string): boolean {
  const names = new Set<string>();
  let depth = 0;
  for (const [token, nameText] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (nameText !== undefined && depth === 1) {
      const name = JSON.parse(nameText);
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
