import { formatClaimRealm } from '../../policy/caller.ts';
import { type CallerPattern, parseCallerPattern } from '../../policy/caller-pattern.ts';
import type { VerifiedToken } from './create-verify-token.ts';

/** Parses the caller patterns of the grants. A pattern that cannot be parsed matches no caller, so it is dropped. */
export function parseCallerPatterns(texts: readonly string[]): CallerPattern[] {
  return texts.flatMap((text) => {
    try {
      return [parseCallerPattern(text)];
    } catch {
      return [];
    }
  });
}

/**
 * Selects the claims to pass to the functions: `iss`, `sub`, `exp`, and the claims that a grant names. Keeps only the matching values
 * of a list. The resulting caller matches exactly the patterns that match the whole token. The selection is needed because a user can
 * be in hundreds of groups, and API Gateway limits the claims to 8 KB.
 *
 * @returns undefined if no grant names the caller
 */
export function selectNamedClaims(
  { iss, sub, exp, claims }: VerifiedToken,
  callerPatterns: readonly CallerPattern[],
): Record<string, unknown> | undefined {
  const named = Object.entries(claims).flatMap(([claim, value]): [string, unknown[]][] => {
    const patterns = callerPatterns.filter(({ realm }) => realm === formatClaimRealm(claim));
    const isNamed = (element: unknown) =>
      typeof element === 'string' && patterns.some(({ name }) => name.matches(element));
    const values = [value].flat().filter(isNamed);
    return values.length === 0 ? [] : [[claim, values]];
  });
  if (named.length === 0) return undefined;
  return { ...Object.fromEntries(named), iss, sub, exp };
}
