import { claimRealm } from '../../policy/caller.ts';
import { type Who, who } from '../../policy/who.ts';
import type { Claims } from './token-check.ts';

/** The patterns of callers that grants name, ready to compare. What cannot be read names nobody. */
export function readWho(texts: readonly string[]): Who[] {
  return texts.flatMap((text) => {
    try {
      return [who(text)];
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
export function namedClaims(claims: Claims, named: readonly Who[]): Record<string, unknown> | undefined {
  const kept = Object.entries(claims).flatMap(([claim, value]): [string, unknown[]][] => {
    const patterns = named.filter(({ realm }) => realm === claimRealm(claim));
    const fits = (one: unknown) =>
      ['string', 'number', 'boolean'].includes(typeof one) && patterns.some(({ name }) => name.matches(String(one)));
    const values = [value].flat().filter(fits);
    return values.length === 0 ? [] : [[claim, values]];
  });
  if (kept.length === 0) return undefined;
  const { iss, sub, exp } = claims;
  return { ...Object.fromEntries(kept), iss, sub, exp };
}
