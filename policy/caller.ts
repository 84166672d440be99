/** One name of a caller. A grant's `who` names a realm exactly, and a name or a pattern of names in it. */
export interface Identity {
  /** Compared exactly: `arn:aws:iam::111122223333:role/`, `oidc:groups=`, `event:`. */
  readonly realm: string;
  /** Role name, user name, value of a claim or declared name; empty for an account's root. */
  readonly name: string;
}

/**
 * The sender of a request. A role and a user of the same name are different callers. The session name of an assumed role is
 * ignored. The path of the role is unknown, because API Gateway reports only the ARN of the session.
 */
export interface Caller {
  /** As reported by API Gateway: the ARN of the session, or the issuer and subject of a token. A declared caller: its name. */
  readonly label: string;
  /** The same for every session of a role and every token of a subject. */
  readonly principal: string;
  /** One for an IAM or declared caller; for a token, one for each value of each claim. */
  readonly identities: readonly Identity[];
}

const ARN_FORMATS: [RegExp, kind: string][] = [
  [/^arn:([\w-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/, 'iam role/'],
  [/^arn:([\w-]+):iam::(\d{12}):user\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/, 'iam user/'],
  [/^arn:([\w-]+):sts::(\d{12}):federated-user\/([\w+=,.@-]+)$/, 'sts federated-user/'],
  [/^arn:([\w-]+):iam::(\d{12}):root$/, 'iam root'],
];

/**
 * The realm of IAM principals of one kind in one account.
 *
 * @param kind `iam role/`, `iam user/`, `sts federated-user/`, `iam root`
 */
export function formatIamRealm(partition: string, account: string, kind: string): string {
  const [service, resource] = kind.split(' ');
  return `arn:${partition}:${service}::${account}:${resource}`;
}

/** The kinds of callers that the configuration declares. No request to the API has such a caller. */
export const DECLARED_CALLER_KINDS = ['event', 'deployment'] as const;

export type DeclaredCallerKind = (typeof DECLARED_CALLER_KINDS)[number];

/** Names of declared callers. They become part of the names of AWS resources. */
export const DECLARED_NAME = /^[a-z](?:-?[a-z0-9])*$/;

/** The realm of the declared callers of one kind. */
export const formatDeclaredRealm = (kind: DeclaredCallerKind): string => `${kind}:`;

/** The caller that the configuration declares by this name, as in `event:landing`, or undefined for any other text. */
export function callerFromDeclaredName(text: string): Caller | undefined {
  const kind = DECLARED_CALLER_KINDS.find((known) => text.startsWith(formatDeclaredRealm(known)));
  if (kind === undefined) return undefined;
  const realm = formatDeclaredRealm(kind);
  const name = text.slice(realm.length);
  return DECLARED_NAME.test(name) ? { label: text, principal: text, identities: [{ realm, name }] } : undefined;
}

/** The realm of the values of one token claim. */
export const formatClaimRealm = (claim: string): string => `oidc:${claim}=`;

/** The caller in API Gateway's `requestContext.identity.userArn`, or undefined for an ARN format that API Gateway does not use. */
export function callerFromArn(arn: string): Caller | undefined {
  for (const [format, kind] of ARN_FORMATS) {
    const match = format.exec(arn);
    if (match) {
      const [, partition = '', account = '', name = ''] = match;
      const realm = formatIamRealm(partition, account, kind);
      return { label: arn, principal: realm + name, identities: [{ realm, name }] };
    }
  }
  return undefined;
}

/**
 * The caller that a token identifies, from the claims that the authorizer verified. The authorizer passes
 * numbers and booleans as their text in the token. A list becomes one identity for each of its strings. A string is one value, even
 * if it contains commas or spaces. Everything else is ignored, also numbers: a number would have lost its text.
 *
 * @returns undefined if the issuer or the subject is missing
 */
export function callerFromClaims(claims: Readonly<Record<string, unknown>>): Caller | undefined {
  const { iss, sub } = claims;
  if (typeof iss !== 'string' || iss === '' || typeof sub !== 'string' || sub === '') return undefined;
  const principal = `oidc:${iss} ${sub}`;
  const identities = Object.entries(claims).flatMap(([claim, value]) =>
    claimToIdentityNames(value).map((name) => ({ realm: formatClaimRealm(claim), name })),
  );
  return { label: principal, principal, identities };
}

function claimToIdentityNames(claim: unknown): string[] {
  return (Array.isArray(claim) ? claim : [claim]).filter((value) => typeof value === 'string');
}

/**
 * Parses a caller from user input: an ARN that `callerFromArn` accepts, the ARN of a role (any session of it), a declared
 * caller such as `event:landing`, or one or more `oidc:CLAIM=VALUE`, which are claims of one token.
 *
 * @returns undefined if the input does not identify a caller
 */
export function parseCaller(texts: readonly string[]): Caller | undefined {
  const claims = texts.map((text) => /^(oidc:[^=]+=)(.+)$/s.exec(text));
  if (claims.length > 0 && claims.every((claim) => claim !== null)) {
    const identities = claims.map(([, realm = '', name = '']) => ({ realm, name }));
    return { label: texts.join(' '), principal: texts.join(' '), identities };
  }
  const [arn = ''] = texts;
  if (texts.length > 1) return undefined;
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/.exec(arn);
  return (
    callerFromDeclaredName(arn) ??
    callerFromArn(role ? `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/any-session` : arn)
  );
}
