/** One name that a caller goes by: a grant's `who` names a realm exactly, and in it a name or a pattern of names. */
export interface Identity {
  /** What is compared exactly: `arn:aws:iam::111122223333:role/`, `oidc:groups=`. */
  readonly realm: string;
  /** Role name, user name, value of a claim; empty for an account's root. */
  readonly name: string;
}

/**
 * Who asks. A role and a user of the same name are different callers. The session name of an assumed role decides nothing,
 * and its path is not known: API Gateway names an assumed role by its session.
 */
export interface Caller {
  /** As it was told: the ARN of the session, or issuer and subject of a token. */
  readonly label: string;
  /** The same for every session of a role and every token of a subject. */
  readonly principal: string;
  /** One for an IAM caller, one for each value of each claim of a token. */
  readonly identities: readonly Identity[];
}

const ARN_FORMATS: [RegExp, kind: string][] = [
  [/^arn:([\w-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/, 'iam role/'],
  [/^arn:([\w-]+):iam::(\d{12}):user\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/, 'iam user/'],
  [/^arn:([\w-]+):sts::(\d{12}):federated-user\/([\w+=,.@-]+)$/, 'sts federated-user/'],
  [/^arn:([\w-]+):iam::(\d{12}):root$/, 'iam root'],
];

/** The realm of IAM principals of one kind in one account. @param kind `iam role/`, `iam user/`, `sts federated-user/`, `iam root` */
export function formatIamRealm(partition: string, account: string, kind: string): string {
  const [service, resource] = kind.split(' ');
  return `arn:${partition}:${service}::${account}:${resource}`;
}

/** The realm of the values of one claim of a token. */
export const formatClaimRealm = (claim: string): string => `oidc:${claim}=`;

/** The caller that API Gateway names in `requestContext.identity.userArn`, or undefined for a form it does not use. */
export function callerFromArn(arn: string): Caller | undefined {
  for (const [form, kind] of ARN_FORMATS) {
    const match = form.exec(arn);
    if (match) {
      const [, partition = '', account = '', name = ''] = match;
      const realm = formatIamRealm(partition, account, kind);
      return { label: arn, principal: realm + name, identities: [{ realm, name }] };
    }
  }
  return undefined;
}

/**
 * The caller that a token speaks of, by its claims as the authorizer checked them. A list of texts gives an identity for
 * each of them; a text is one value, whatever commas and spaces are in it. Lists and objects inside are no identities.
 *
 * @returns undefined without issuer or subject
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
  return (Array.isArray(claim) ? claim : [claim]).flatMap((value) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? [String(value)] : [],
  );
}

/**
 * The caller that a person means: an ARN, as `callerFromArn` takes it, or a role's own ARN for any session of it; or one or more
 * `oidc:CLAIM=VALUE`, each a claim of one token.
 *
 * @returns undefined for what names no caller
 */
export function parseCaller(texts: readonly string[]): Caller | undefined {
  const claims = texts.map((text) => /^(oidc:[^=]+=)(.+)$/s.exec(text));
  if (claims.length > 0 && claims.every((claim) => claim !== null)) {
    const identities = claims.map(([, realm = '', name = '']) => ({ realm, name }));
    return { label: texts.join(' '), principal: texts.join(' '), identities };
  }
  const [arn = '', ...others] = texts;
  if (others.length > 0) return undefined;
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/.exec(arn);
  return callerFromArn(role ? `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/any-session` : arn);
}
