import { formatClaimRealm } from '../../policy/caller.ts';
import { type CallerPattern, parseCallerPattern } from '../../policy/caller-pattern.ts';
import type { VerifiedClaims } from './create-verify-token.ts';

/** The patterns of callers that grants name, ready to compare. What cannot be read names nobody. */
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
 * Of a token's claims who it is and until when, and of the others those alone that a grant names, of lists the values alone that
 * fit: the caller it makes is matched by the very patterns that match the whole token. People are in hundreds of groups, and API
 * Gateway hands on 8 KB.
 *
 * @returns undefined where no grant names the caller
 */
export function selectNamedClaims(
  claims: VerifiedClaims,
  named: readonly CallerPattern[],
): Record<string, unknown> | undefined {
  const kept = Object.entries(claims).flatMap(([claim, value]): [string, unknown[]][] => {
    const patterns = named.filter(({ realm }) => realm === formatClaimRealm(claim));
    const fits = (one: unknown) =>
      ['string', 'number', 'boolean'].includes(typeof one) && patterns.some(({ name }) => name.matches(String(one)));
    const values = [value].flat().filter(fits);
    return values.length === 0 ? [] : [[claim, values]];
  });
  if (kept.length === 0) return undefined;
  const { iss, sub, exp } = claims;
  return { ...Object.fromEntries(kept), iss, sub, exp };
}
