import { FRONT_ROUTES, OIDC_PATH, RELAY_ROUTES } from '../contract/routes.ts';

/** One statement, as the policy's JSON has it. */
export interface ResourcePolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly AWS: readonly string[] };
  readonly Action: 'execute-api:Invoke';
  readonly Resource: readonly string[];
  readonly Condition?: PolicyConditions;
}

/** By operator and key. */
type PolicyConditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Who may call, and where the API is. */
export interface ResourcePolicyOptions {
  readonly organization?: string | undefined;
  readonly accounts?: readonly string[] | undefined;
  /** ARNs of roles and users, in which `*` stands for any characters. */
  readonly principals?: readonly string[] | undefined;
  /** Of a private API: the endpoints that requests may come through. */
  readonly vpcEndpoints?: readonly string[] | undefined;
  readonly stage: string;
  readonly partition: string;
  /** Account of the API. */
  readonly ownAccount: string;
}

/** Most characters of a policy. Source: API Gateway quotas, "Length, in characters, of API Gateway resource policy". */
export const MAX_RESOURCE_POLICY_LENGTH = 8192;

/**
 * Who may call the API at all; what they may run is for the grants to say. IAM callers need two yeses, this policy's and their own
 * identity policy's, except that within the API's account either would do (documented: API Gateway, "Policy evaluation outcome
 * tables"). So whoever is not named is also denied:
 *
 * - Allow names accounts by their root, which hands on to each account's own policies. Everybody (`*`) appears only with an
 *   organization or an endpoint beside it, and with the organization never for the API's own account, whose principals would then
 *   need no policy of their own.
 * - Deny conditions are negated, and a negated condition holds where its key is missing: nothing is opened by a missing key.
 * - Principal conditions stand on the paths of signed requests only. Below `/oidc` nobody is a principal: there the authorizer's
 *   answer alone allows (documented: same tables), and silence is a no.
 */
export function createResourcePolicy(options: ResourcePolicyOptions): {
  Version: string;
  Statement: ResourcePolicyStatement[];
} {
  const { organization, accounts, principals, vpcEndpoints, stage, partition, ownAccount } = options;
  const signed = SIGNED_ROUTES.map((route) => `execute-api:/${stage}/${route}`);
  const root = (id: string) => `arn:${partition}:iam::${id}:root`;
  const inOrganization = { 'aws:PrincipalOrgID': [organization ?? ''] };
  const statement = (one: Omit<ResourcePolicyStatement, 'Action' | 'Sid'>, Sid: string): ResourcePolicyStatement => ({
    Sid,
    ...one,
    Action: 'execute-api:Invoke',
  });

  const statements: ResourcePolicyStatement[] = [];
  const allow = (Sid: string, Principal: ResourcePolicyStatement['Principal'], Condition: PolicyConditions = {}) =>
    statements.push(statement({ Effect: 'Allow', Principal, Resource: signed, ...omitEmptyCondition(Condition) }, Sid));
  const deny = (Sid: string, Resource: readonly string[], Condition: PolicyConditions = {}) =>
    statements.push(statement({ Effect: 'Deny', Principal: '*', Resource, ...omitEmptyCondition(Condition) }, Sid));

  const organized: PolicyConditions = organization === undefined ? {} : { StringEquals: inOrganization };
  if (accounts !== undefined) allow('NamedAccounts', { AWS: accounts.map(root) }, organized);
  if (principals !== undefined) {
    const owners = [...new Set(principals.map((principal) => principal.split(':')[4] ?? ''))];
    allow('NamedPrincipals', { AWS: owners.map(root) }, { ...organized, ArnLike: { 'aws:PrincipalArn': principals } });
  }
  const named = accounts !== undefined || principals !== undefined;
  if (organization !== undefined && !named) {
    allow('Organization', '*', { ...organized, StringNotEquals: { 'aws:PrincipalAccount': [ownAccount] } });
  }

  if (organization !== undefined) deny('NotOfTheOrganization', signed, { StringNotEquals: inOrganization });
  if (named) {
    deny('NotNamed', signed, {
      ...(accounts === undefined ? {} : { StringNotEquals: { 'aws:PrincipalAccount': accounts } }),
      ...(principals === undefined ? {} : { ArnNotLike: { 'aws:PrincipalArn': principals } }),
    });
  } else if (organization === undefined) deny('NobodyIsNamed', signed);

  if (vpcEndpoints !== undefined) {
    const from = { 'aws:SourceVpce': vpcEndpoints };
    // A private API takes nobody in without a policy that allows it; that the authorizer's alone would do is not documented for one.
    statements.push(
      statement(
        {
          Effect: 'Allow',
          Principal: '*',
          Resource: [`execute-api:/${stage}/*/${OIDC_PATH}/*`],
          Condition: { StringEquals: from },
        },
        'TokensByEndpoint',
      ),
    );
    deny('NotByEndpoint', [`execute-api:/${stage}/*`], { StringNotEquals: from });
  }
  return { Version: '2012-10-17', Statement: statements };
}

/** The methods by name: a `*` in their place would reach over the slashes behind it, and so cover `GET/oidc/environments` too. */
const SIGNED_ROUTES = [
  'GET/environments',
  ...[...new Set(Object.values({ ...RELAY_ROUTES, ...FRONT_ROUTES }))].sort().map((one) => `${one}/environments/*`),
];

const omitEmptyCondition = (Condition: PolicyConditions) => (Object.keys(Condition).length === 0 ? {} : { Condition });
