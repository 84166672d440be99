import { patterns } from '../policy/pattern.ts';
import { compile } from '../policy/policy.ts';
import { warningsOf } from '../policy/warnings.ts';
import { readCatalogue } from './catalogues.ts';
import type { Grant, GrantCheck, Issue } from './config.ts';
import { covers } from './where.ts';

/**
 * Reads every sentence of the grants against the releases it reaches. Spellings move between releases, so a sentence is
 * wrong only where none of them knows it, and a warning where some do not: the day of an upgrade must not be the day the
 * file breaks. Sentences that reach further than they look are warned about.
 */
export const checkGrants: GrantCheck = ({ environments, grants }) =>
  grants.flatMap((grant, index) => {
    const names = Object.keys(environments).filter((name) => grant.where.some((where) => covers(where, name)));
    const releases = [...new Set(names.map((name) => environments[name]!.airflow))];
    return [...unreadable(grant, releases), ...unheard(grant), ...wide(grant, releases)].map(
      ({ path, ...issue }): Issue => ({ ...issue, path: ['grants', index, ...path] }),
    );
  });

function unreadable(grant: Grant, releases: readonly string[]): Issue[] {
  const found = releases.map((release) => ({ release, faults: compile([grant], readCatalogue(release)).faults }));
  return found.flatMap(({ release, faults }, nth) =>
    faults.flatMap(({ list, entry, message }): Issue[] => {
      const path = [list, entry];
      const everywhere = found.every((other) => other.faults.some((one) => one.list === list && one.entry === entry));
      if (!everywhere) return [{ path, message: `grants nothing on Airflow ${release}: ${message}`, warning: true }];
      return nth === 0 ? [{ path, message }] : [];
    }),
  );
}

/** Until the API takes tokens, nobody can be such a caller. */
function unheard(grant: Grant): Issue[] {
  const message = 'grants nothing: the API takes no OIDC callers yet';
  return grant.who.flatMap((text, entry) =>
    text.startsWith('oidc:') ? [{ path: ['who', entry], message, warning: true }] : [],
  );
}

function wide(grant: Grant, releases: readonly string[]): Issue[] {
  return grant.may.flatMap((text, entry) => {
    const messages = releases.flatMap((release) => {
      try {
        return patterns(readCatalogue(release), text).flatMap((pattern) => warningsOf(pattern, release));
      } catch {
        return []; // A fault, told above.
      }
    });
    return [...new Set(messages)].map((message): Issue => ({ path: ['may', entry], message, warning: true }));
  });
}
