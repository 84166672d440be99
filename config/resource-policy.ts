import { ENVIRONMENT_ROUTES, OIDC_PATH, REST_METHODS } from '../contract/routes.ts';

/** One statement of the resource policy, as in its JSON. */
export interface ResourcePolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly AWS: readonly string[] };
  readonly Action: 'execute-api:Invoke';
  readonly Resource: readonly string[];
  readonly Condition?: PolicyConditions;
}

/** Condition values by operator and key. */
type PolicyConditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Accounts. */
export interface AccountList {
  readonly accounts?: readonly string[] | undefined;
  /** The list is known only at deployment, so that no ARNs can be made from its members. As a principal, an ID means the same. */
  readonly isToken?: true;
}

export interface ResourcePolicyOptions extends AccountList {
  readonly organization?: string | undefined;
  /** ARNs of roles and users. `*` matches any characters. */
  readonly principals?: readonly string[] | undefined;
  /** For a private API: the endpoints through which requests may arrive. */
  readonly vpcEndpoints?: readonly string[] | undefined;
  readonly stage: string;
  readonly partition: string;
  /** The account of the API. */
  readonly ownAccount: string;
}

/**
 * Creates the resource policy, which defines who may call the API. What callers may run is defined by the grants.
 *
 * The results of API Gateway for signed requests (source: "Policy evaluation outcome tables" in its developer guide):
 *
 * | identity policy | resource policy | account of the API | another account |
 * | --------------- | --------------- | ------------------ | --------------- |
 * | allow           | allow           | allow              | allow           |
 * | allow           | neither         | allow              | deny            |
 * | neither         | allow           | allow              | deny            |
 * | neither         | neither         | deny               | deny            |
 * | any             | explicit deny   | deny               | deny            |
 *
 * The second line is documented for Regional APIs. For private APIs, AWS requires a resource policy that grants access, and does not
 * document that silence of the policy is enough for the API's own account. So every named caller gets an allow here, and callers that
 * are not named are also explicitly denied:
 *
 * - Allow statements name the root of each account, which delegates to the identity policies of that account: a caller without an
 *   identity policy is not allowed. `*` occurs only with a condition on an organization or an endpoint. The statement for an
 *   organization excludes the account of the API, whose principals would otherwise need no identity policy (third line). A
 *   statement of its own names the root of that account.
 * - Conditions of Deny statements are negated. A negated condition is true if its key is missing, so a missing key never allows
 *   access.
 * - Conditions on principals apply to the paths of signed requests only. Requests below `/oidc` have no principal: there, only the
 *   result of the authorizer allows a request (source: the same tables).
 */
export function createResourcePolicy(options: ResourcePolicyOptions): {
  Version: string;
  Statement: ResourcePolicyStatement[];
} {
  const { vpcEndpoints, stage } = options;
  const signedResources = SIGNED_ROUTES.map((route) => `execute-api:/${stage}/${route}`);
  return {
    Version: '2012-10-17',
    Statement: [
      ...createAllowStatements(options, signedResources),
      ...createDenyStatements(options, signedResources),
      ...(vpcEndpoints === undefined ? [] : createEndpointStatements(stage, vpcEndpoints)),
    ],
  };
}

function createAllowStatements(
  { organization, accounts, isToken, principals, partition, ownAccount }: ResourcePolicyOptions,
  resources: readonly string[],
): ResourcePolicyStatement[] {
  const toRoots = (ids: readonly string[]) => ({ AWS: ids.map((id) => `arn:${partition}:iam::${id}:root`) });
  const organizationCondition: PolicyConditions =
    organization === undefined ? {} : { StringEquals: { 'aws:PrincipalOrgID': [organization] } };
  const statements: ResourcePolicyStatement[] = [];
  if (accounts !== undefined) {
    statements.push(
      createAllow('NamedAccounts', isToken ? { AWS: accounts } : toRoots(accounts), resources, organizationCondition),
    );
  }
  if (principals !== undefined) {
    const owners = [...new Set(principals.map((principal) => principal.split(':')[4] ?? ''))];
    const condition = { ...organizationCondition, ArnLike: { 'aws:PrincipalArn': principals } };
    statements.push(createAllow('NamedPrincipals', toRoots(owners), resources, condition));
  }
  if (organization !== undefined && accounts === undefined && principals === undefined) {
    const condition = { ...organizationCondition, StringNotEquals: { 'aws:PrincipalAccount': [ownAccount] } };
    statements.push(
      createAllow('OwnAccount', toRoots([ownAccount]), resources, organizationCondition),
      createAllow('Organization', '*', resources, condition),
    );
  }
  return statements;
}

function createDenyStatements(
  { organization, accounts, principals }: ResourcePolicyOptions,
  resources: readonly string[],
): ResourcePolicyStatement[] {
  if (organization === undefined && accounts === undefined && principals === undefined) {
    return [createDeny('NoNamedCallers', resources, {})];
  }
  const statements: ResourcePolicyStatement[] = [];
  if (organization !== undefined) {
    const condition = { StringNotEquals: { 'aws:PrincipalOrgID': [organization] } };
    statements.push(createDeny('OtherOrganizations', resources, condition));
  }
  if (accounts !== undefined || principals !== undefined) {
    const condition = {
      ...(accounts === undefined ? {} : { StringNotEquals: { 'aws:PrincipalAccount': accounts } }),
      ...(principals === undefined ? {} : { ArnNotLike: { 'aws:PrincipalArn': principals } }),
    };
    statements.push(createDeny('OtherCallers', resources, condition));
  }
  return statements;
}

/**
 * Creates the statements for the endpoints of a private API. One of them allows requests below `/oidc`, because AWS does not document
 * that the result of the authorizer is sufficient for a private API.
 */
function createEndpointStatements(stage: string, vpcEndpoints: readonly string[]): ResourcePolicyStatement[] {
  const condition = { 'aws:SourceVpce': vpcEndpoints };
  const oidcResources = METHODS.map((method) => `execute-api:/${stage}/${method}/${OIDC_PATH}/*`);
  return [
    createAllow('OidcThroughVpcEndpoint', '*', oidcResources, { StringEquals: condition }),
    createDeny('OutsideVpcEndpoint', [`execute-api:/${stage}/*`], { StringNotEquals: condition }),
  ];
}

const createAllow = (
  Sid: string,
  Principal: ResourcePolicyStatement['Principal'],
  Resource: readonly string[],
  Condition: PolicyConditions,
): ResourcePolicyStatement => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Resource,
  ...omitIfEmpty(Condition),
  Action: 'execute-api:Invoke',
});

const createDeny = (
  Sid: string,
  Resource: readonly string[],
  Condition: PolicyConditions,
): ResourcePolicyStatement => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Resource,
  ...omitIfEmpty(Condition),
  Action: 'execute-api:Invoke',
});

const omitIfEmpty = (Condition: PolicyConditions) => (Object.keys(Condition).length === 0 ? {} : { Condition });

/**
 * The methods of all routes. Statements list them, because `*` also matches slashes: it would cover `GET/oidc/environments` in a statement
 * for signed requests, and `POST/environments/oidc/cli` in one for tokens.
 */
const METHODS = [...new Set([...Object.values(ENVIRONMENT_ROUTES), ...REST_METHODS])].sort();

/** The routes of signed requests. */
const SIGNED_ROUTES = ['GET/environments', ...METHODS.map((method) => `${method}/environments/*`)];
