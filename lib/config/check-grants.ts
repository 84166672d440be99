import { patterns } from '../../policy/pattern.ts';
import { compile } from '../../policy/policy.ts';
import { warningsOf } from '../../policy/warnings.ts';
import { readCatalogue } from './catalogues.ts';
import type { Check, Draft, Grant, Issue } from './config-types.ts';
import { partitionOf } from './places.ts';
import { covers } from './where.ts';

/**
 * Reads every sentence of the grants against the releases it reaches. Spellings move between releases, so a sentence is
 * wrong only where none of them knows it, and a warning where some do not: the day of an upgrade must not be the day the
 * file breaks. Sentences that reach further than they look are warned about.
 */
export const checkGrants: Check = ({ api, region, environments, grants }) =>
  grants.flatMap((grant, index) => {
    const names = Object.keys(environments).filter((name) => grant.where.some((where) => covers(where, name)));
    const releases = [...new Set(names.map((name) => environments[name]!.airflow))];
    return [...unreadable(grant, releases), ...unheard(grant, api, region), ...wide(grant, releases)].map(
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

/** A caller whom the API lets in by no door. */
function unheard({ who }: Grant, api: Draft['api'], region = ''): Issue[] {
  if (api === undefined) return [];
  const { accounts, principals } = api.callers;
  const named = new Set([...(accounts ?? []), ...(principals ?? []).map((arn) => arn.split(':')[4])]);
  // Where nobody is named, grants name them. Of which accounts an organisation consists is not known here.
  const anyAccount = (accounts === undefined && principals === undefined) || [...named].some(isToken);
  return who.flatMap((text, entry): Issue[] => {
    const [, partition, , , account = ''] = text.split(':');
    const elsewhere = region !== '' && partition !== partitionOf(region);
    const refused = text.startsWith('oidc:')
      ? api.oidc === undefined && 'the API takes no tokens without api.oidc'
      : elsewhere
        ? `the partition of ${region} is ${partitionOf(region)}`
        : !anyAccount && !named.has(account) && `api.callers names nobody of account ${account}`;
    const message = `grants nothing: ${refused}`;
    return refused ? [{ path: ['who', entry], message, warning: true }] : [];
  });
}

const isToken = (text: string | undefined): boolean => text?.includes('{Token[') ?? false;

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
