import { describe, expect, test } from 'vitest';
import { parseCallerPattern } from '../../../policy/caller-pattern.ts';
import { findCallerWarning, type RequiredClaims } from '../../../policy/caller-warnings.ts';

const IAM = 'arn:aws:iam::111122223333:';
const warn = (who: string, required?: RequiredClaims) => findCallerWarning(parseCallerPattern(who), required);

describe('warns about a pattern that matches more callers than it seems to', () => {
  test.each<[who: string, warning: RegExp]>([
    [`${IAM}role/*e*`, /matches almost any name, so whoever may create a role .* as in team-\*\.$/],
    [`${IAM}role/*-admin`, /almost any name/],
    [`${IAM}role/*a`, /almost any name/],
    [`${IAM}role/e*`, /almost any name/],
    [`${IAM}role/a*b`, /almost any name/],
    [`${IAM}role/team/e*`, /almost any name/],
    [`${IAM}user/e*`, /almost any name/],
    ['arn:aws:sts::111122223333:federated-user/*e', /almost any name/],
    [`${IAM}role/team*`, /also matches names such as team2 or teamAdmin\. End the name first: team-\*\.$/],
    [`${IAM}user/team*x`, /also matches names such as team2/],
    [`${IAM}role/AWSReservedSSO_*`, /every permission set\. Name one/],
    [`${IAM}role/AWSReservedSSO*`, /every permission set\. Name one/],
    [`${IAM}role/AWSReserved*`, /every permission set\. Name one/],
    [`${IAM}role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*`, /every permission set/],
    [`${IAM}role/AWSReservedSSO_Data*`, /End the name with "_": AWSReservedSSO_Data_\*\.$/],
    [`${IAM}root`, /only the root user of the account\. Write the role/],

    [
      'oidc:sub=repo:my-org*',
      /also matches repo:my-org-evil, .* register\. Write the owner in full: repo:my-org\/\*\.$/,
    ],
    ['oidc:sub=repo:my-org-*', /also matches repo:my-org-evil, .* repo:my-org\/\*\.$/],
    ['oidc:sub=repo:my-org*:ref:refs/heads/main', /repo:my-org-evil/],
    ['oidc:sub=project_path:my-group*', /project_path:my-group-evil/],
    ['oidc:sub=organization:my-org*', /organization:my-org-evil.*: organization:my-org:\*\.$/],
    ['oidc:namespace_path=my-group*', /my-group-evil.*: my-group\/\*\.$/],
    ['oidc:repository=my-org*', /my-org-evil.*: my-org\/\*\.$/],
    ['oidc:repository_owner=my-org*', /my-org-evil.*: my-org\.$/],
    ['oidc:repository_owner=my-org-*', /my-org-evil.*: my-org\.$/],
    ['oidc:sub=repo*', /every owner/],
    ['oidc:sub=repo:*', /every owner: all values of this issuer begin with "repo:"/],
    ['oidc:sub=repo:*/pipelines:ref:refs/heads/main', /every owner/],
    ['oidc:sub=auth0|*', /every owner/],
    ['oidc:sub=system:serviceaccount:*', /every owner/],
    ['oidc:sub=repo:my-org/pipelines*', /also matches values .* such as repo:my-org\/pipelines-evil/],
    ['oidc:sub=repo:my-org@123*', /repo:my-org@123-evil/],
    ['oidc:groups=data*', /such as data-evil/],
    ['oidc:sub=*:ref:refs/heads/main', /matches almost any value/],
    ['oidc:groups=*-admins', /matches almost any value/],
    ['oidc:groups=d*', /matches almost any value/],
    ['oidc:sub=repo:my-org/*:ref:refs/heads/main', /a star in the middle, which matches "\/"/],

    ['oidc:email=*@example.com', /nobody verified\. Set api\.oidc\.requiredClaims to \{ email_verified: "true" \}/],
    ['oidc:email=jo@example.com', /nobody verified/],
    ['oidc:name=Jo Doe', /users can often change.* such as sub or groups\.$/],
    ['oidc:preferred_username=jo', /users can often change/],
    ['oidc:nickname=jo', /users can often change/],
    ['oidc:upn=jo@example.com', /users can often change/],
    ['oidc:actor=jo', /take over from others/],
    ['oidc:ref=refs/heads/main', /matches jobs of every project, .* Grant by sub/],
    ['oidc:ref=refs/*', /matches jobs of every project/],
    ['oidc:environment=prod', /matches jobs of every project/],
    ['oidc:event_name=push', /matches jobs of every project/],
    ['oidc:mail=jo@example.com', /users can often change/],
    ['oidc:custom:team=data', /users of Amazon Cognito can often change/],
  ])('%s', (who, warning) => {
    expect(warn(who)).toMatch(warning);
  });
});

describe('does not warn about a pattern that names its callers', () => {
  test.each([
    `${IAM}role/reporting-nightly`,
    `${IAM}role/reporting-*`,
    `${IAM}role/team-*-reader`,
    `${IAM}role/ReportingStack-TaskRole*`,
    `${IAM}role/AWSReservedSSO_DataEngineer_*`,
    `${IAM}role/AWSReservedSSO_DataEngineer_0a1b2c3d4e5f6a7b`,
    `${IAM}role/a`,
    `${IAM}user/jo`,
    'oidc:sub=jo',
    'oidc:sub=reporting-*',
    'oidc:sub=repo:my-org/*',
    'oidc:sub=repo:my-org/pipelines:*',
    'oidc:sub=repo:my-org@123/pipelines@456:*',
    'oidc:sub=repo:my-org/pipelines:ref:refs/tags/v*',
    'oidc:sub=project_path:my-group/pipelines:*',
    'oidc:sub=system:serviceaccount:airflow:*',
    'oidc:repository=my-org/pipelines',
    'oidc:repository=my-org/*',
    'oidc:repository_owner=my-org',
    'oidc:repository_id=456',
    'oidc:namespace_path=my-group/*',
    'oidc:sub=organization:my-org:*',
    'oidc:groups=data-engineers',
    'oidc:groups=data-*',
    'oidc:groups=/data/*',
    'oidc:https://example.com/groups=data-*',
    'oidc:cognito:groups=data',
    'oidc:client_id=0a1b2c3d',
  ])('%s', (who) => {
    expect(warn(who)).toBeUndefined();
  });
});

test.each<[required: RequiredClaims, who: string, warning: RegExp | undefined]>([
  [{ email_verified: 'true' }, 'oidc:email=*@example.com', undefined],
  [{ email_verified: ['true'] }, 'oidc:email=jo@example.com', undefined],
  [{ email_verified: ['true', 'false'] }, 'oidc:email=*@example.com', /nobody verified/],
  [{ org: 'data' }, 'oidc:email=*@example.com', /nobody verified/],
  [{ repository: 'my-org/pipelines' }, 'oidc:ref=refs/heads/main', undefined],
  [{ repository_owner: 'my-org' }, 'oidc:ref=refs/heads/main', /jobs of every project/],
  [{ email_verified: 'true' }, 'oidc:email=*example.com', /other domains\. Write the domain in full/],
  [{ email_verified: 'true' }, 'oidc:email=*@example*', /other domains/],
  [{ email_verified: 'true' }, 'oidc:email=jo*', /other domains/],
])('with the required claims %j, %s causes the warning %s', (required, who, warning) => {
  if (warning === undefined) expect(warn(who, required)).toBeUndefined();
  else expect(warn(who, required)).toMatch(warning);
});
