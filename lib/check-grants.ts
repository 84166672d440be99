import { compile } from '../policy/policy.ts';
import { readCatalogue } from './catalogues.ts';
import type { GrantCheck, Issue } from './config.ts';
import { covers } from './where.ts';

/**
 * Reads every sentence of the grants against the releases it reaches. Spellings move between releases, so a sentence is
 * wrong only where none of them knows it: the day of an upgrade must not be the day the file breaks.
 */
export const checkGrants: GrantCheck = ({ environments, grants }) =>
  grants.flatMap((grant, index) => {
    const names = Object.keys(environments).filter((name) => grant.where.some((where) => covers(where, name)));
    const releases = [...new Set(names.map((name) => environments[name]!.airflow))];
    const byRelease = releases.map((release) => compile([grant], readCatalogue(release)).faults);
    const [first = []] = byRelease;
    return first
      .filter(({ list, entry }) =>
        byRelease.every((faults) => faults.some((fault) => fault.list === list && fault.entry === entry)),
      )
      .map(({ list, entry, message }): Issue => ({ path: ['grants', index, list, entry], message }));
  });
