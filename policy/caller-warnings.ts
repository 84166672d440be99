import { type CallerPattern, findDeclaredKind } from './caller-pattern.ts';
import { MIN_FIXED_CHARACTERS } from './is-narrow.ts';

/** What the API demands of every token, by claim: the accepted values. */
export type RequiredClaims = Readonly<Record<string, string | readonly string[]>>;

interface CallerWarning {
  /** The names of claims. Absent: IAM principals. */
  readonly claim?: RegExp;
  /** The name of the principal or the value of the claim, as written in the pattern. */
  readonly name: RegExp;
  /** Whether what the API demands of every token makes the pattern safe. */
  readonly isSafe?: (required: RequiredClaims) => boolean;
  /** What can happen, and what to write instead. `prefix` is the name up to its first star. */
  readonly warn: (text: string, prefix: string) => string;
}

const SHORT_PREFIX = new RegExp(`^[^*]{0,${MIN_FIXED_CHARACTERS - 1}}\\*`);
const ANY_CLAIM = /^(?!email$)/;
/** The first word of subjects that continue with the name of an organization or group that anybody can register at the issuer. */
const OWNER_SCHEMES = '(?:repo|project_path|organization)';
/** What follows the owner in the subjects of HCP Terraform and Buildkite. In those of GitHub and GitLab it is `/`. */
const COLON_SCHEME = 'organization';

const warnAboutOwner =
  (delimiter: string): CallerWarning['warn'] =>
  (text, prefix) => {
    const owner = prefix.replace(/[-_.]$/, '');
    return `${text} also matches ${owner}-evil, which somebody else can register. Write the owner in full: ${owner}${delimiter}.`;
  };

/** IAM principals and claims whose pattern matches more callers than it seems to. */
const IAM_ROWS: readonly CallerWarning[] = [
  {
    // The root user has no name.
    name: /^$/,
    warn: (text) =>
      `${text} is only the root user of the account. Write the role that calls the API, as in role/reporting-*.`,
  },
  {
    name: /^AWSReserved(?:SSO_?)?\*/,
    warn: (text) => `${text} matches the roles of every permission set. Name one, as in AWSReservedSSO_DataEngineer_*.`,
  },
  {
    name: /^AWSReservedSSO_[^*]*[^*_]\*/,
    warn: (text, prefix) =>
      `${text} also matches permission sets whose name only begins so. End the name with "_": ${prefix}_*.`,
  },
  {
    name: SHORT_PREFIX,
    warn: (text) =>
      `${text} matches almost any name, so whoever may create a role or user in the account can call. ` +
      'Begin with more fixed text, as in team-*.',
  },
  {
    name: /^[A-Za-z0-9]+\*/,
    warn: (text, prefix) =>
      `${text} also matches names such as ${prefix}2 or ${prefix}Admin. End the name first: ${prefix}-*.`,
  },
];

/** Claims that do not prove who the caller is. */
const CLAIM_ROWS: readonly CallerWarning[] = [
  {
    claim: /^email$/,
    name: /./,
    isSafe: ({ email_verified: values }) => values !== undefined && [values].flat().every((value) => value === 'true'),
    warn: (text) =>
      `${text} also matches callers with an address that nobody verified. Set api.oidc.requiredClaims to ` +
      '{ email_verified: "true" }, or grant by sub or groups.',
  },
  {
    claim: /^email$/,
    name: /^[^@]*\*[^@]*$|@.*\*/,
    warn: (text) => `${text} also matches addresses of other domains. Write the domain in full, as in *@example.com.`,
  },
  {
    claim:
      /^(?:actor|address|birthdate|emails|family_name|gender|given_name|locale|login|mail|middle_name|name|nickname|phone_number|picture|preferred_username|profile|unique_name|upn|user_login|website|zoneinfo)$/,
    name: /./,
    warn: (text) =>
      `${text} compares a claim that users can often change, or take over from others. Grant by one that the issuer controls, ` +
      'such as sub or groups.',
  },
  {
    claim: /^custom:/,
    name: /./,
    warn: (text) =>
      `${text} compares an attribute that users of Amazon Cognito can often change. Grant by cognito:groups, or take the write ` +
      'permission for the attribute from the app client.',
  },
];

/** Claims of CI systems that name the project of a job. */
const PROJECT_CLAIMS = ['sub', 'repository', 'repository_id', 'project_path', 'project_id'];

/** Claims of CI systems that are alike for jobs of many projects. */
const JOB_CLAIMS: CallerWarning = {
  claim:
    /^(?:base_ref|deployment_tier|environment|environment_protected|event_name|head_ref|pipeline_source|project_visibility|ref|ref_path|ref_protected|ref_type|repository_visibility|runner_environment|user_access_level|workflow)$/,
  name: /./,
  isSafe: (required) => PROJECT_CLAIMS.some((claim) => Object.hasOwn(required, claim)),
  warn: (text) =>
    `${text} matches jobs of every project, because the claim does not name one. Grant by sub, which names the project too, or set ` +
    'api.oidc.requiredClaims to { repository: … }.',
};

/** Values of claims with a star. */
const VALUE_ROWS: readonly CallerWarning[] = [
  {
    claim: ANY_CLAIM,
    name: new RegExp(`^(?:(?:${OWNER_SCHEMES}|system:serviceaccount):?|[\\w-]+\\|)\\*`),
    warn: (text, prefix) =>
      `${text} matches callers of every owner: all values of this issuer begin with "${prefix}". Write the owner before the star.`,
  },
  {
    claim: ANY_CLAIM,
    name: SHORT_PREFIX,
    warn: (text) => `${text} matches almost any value. Begin with more fixed text, or write the value in full.`,
  },
  { claim: /^sub$/, name: new RegExp(`^${COLON_SCHEME}:[^/:@*]+\\*`), warn: warnAboutOwner(':*') },
  { claim: /^sub$/, name: new RegExp(`^${OWNER_SCHEMES}:[^/:@*]+\\*`), warn: warnAboutOwner('/*') },
  {
    claim: /^(?:repository|project_path|namespace_path|job_workflow_ref|workflow_ref)$/,
    name: /^[^/*]+\*/,
    warn: warnAboutOwner('/*'),
  },
  { claim: /^repository_owner$/, name: /\*/, warn: warnAboutOwner('') },
  {
    // Names of branches and tags end as their owner likes.
    claim: ANY_CLAIM,
    name: /^(?![^*]*refs\/(?:heads|tags)\/)[^*]*[A-Za-z0-9]\*/,
    warn: (text, prefix) =>
      `${text} also matches values that continue with other characters, such as ${prefix}-evil. Write the value in full, or end ` +
      'the name with its delimiter ("/", ":", "@" or "-") before the star.',
  },
  {
    claim: ANY_CLAIM,
    name: /\*[^*]*[/:@]/,
    warn: (text) =>
      `${text} has a star in the middle, which matches "/", ":" and "@" too. Put the star at the end, or write the values in full.`,
  },
];

/** All warnings about callers. Of those that apply to a pattern, the first counts. */
const CALLER_WARNINGS: readonly CallerWarning[] = [...IAM_ROWS, ...CLAIM_ROWS, JOB_CLAIMS, ...VALUE_ROWS];

/**
 * Warns about a pattern of callers, from a grant's `who`, that matches more callers than it seems to.
 *
 * @param required `api.oidc.requiredClaims`
 */
export function findCallerWarning(
  { realm, name, text }: CallerPattern,
  required: RequiredClaims = {},
): string | undefined {
  // Whoever writes the grants also writes these names.
  if (findDeclaredKind(realm) !== undefined) return undefined;
  const claim = realm.startsWith('oidc:') ? realm.slice('oidc:'.length, -1) : undefined;
  const row = CALLER_WARNINGS.find(
    (candidate) =>
      (candidate.claim === undefined ? claim === undefined : claim !== undefined && candidate.claim.test(claim)) &&
      candidate.name.test(name.text) &&
      !candidate.isSafe?.(required),
  );
  return row?.warn(text, name.prefix);
}
