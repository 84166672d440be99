import {
  DECLARED_CALLER_KINDS,
  DECLARED_NAME,
  type DeclaredCallerKind,
  formatClaimRealm,
  formatDeclaredRealm,
  formatIamRealm,
  type Identity,
} from './caller.ts';
import { type Glob, parseGlob } from './glob.ts';

/** A pattern of callers, from a grant's `who`. The realm is compared exactly. */
export interface CallerPattern extends Pick<Identity, 'realm'> {
  readonly name: Glob;
  /** As written. */
  readonly text: string;
}

const IAM_PRINCIPAL_KINDS = ['role', 'user', 'federated-user'] as const;

/** Claims that do not identify a caller: they are the same for every caller, or differ in each token. */
const NON_IDENTIFYING_CLAIMS = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'nonce']);

/**
 * Parses a pattern of callers: `arn:aws:iam::111122223333:role/reporting-*` or `oidc:groups=data-engineers`. Only the name may
 * contain `*`.
 *
 * @throws Error that says what to write instead
 */
export function parseCallerPattern(text: string): CallerPattern {
  if (text.startsWith('oidc:')) return parseClaimPattern(text);
  const kind = findDeclaredKind(text);
  return kind === undefined ? parseIamPattern(text) : parseDeclaredPattern(kind, text);
}

/** The kind of declared callers that a pattern or a name is about. */
export const findDeclaredKind = (text: string): DeclaredCallerKind | undefined =>
  DECLARED_CALLER_KINDS.find((kind) => text.startsWith(formatDeclaredRealm(kind)));

function parseDeclaredPattern(kind: DeclaredCallerKind, text: string): CallerPattern {
  const realm = formatDeclaredRealm(kind);
  const name = parseGlob(text.slice(realm.length));
  if (name.matchesAll) throw new Error(`${text} matches every ${kind} caller. Write a narrower name.`);
  if (!DECLARED_NAME.test(name.text.replaceAll('*', 'a')))
    throw new Error(`"${name.text}" is not a name. Names have lowercase letters, digits and hyphens.`);
  return { realm, name, text };
}

/** The claim's name ends at the first `=`. It may be a URL, because some issuers use URLs as names of claims. */
function parseClaimPattern(text: string): CallerPattern {
  const [claim = '', ...valueParts] = text.slice('oidc:'.length).split('=');
  const value = valueParts.join('=');
  if (claim === '' || value === '')
    throw new Error(
      `"${text}" has no claim or no value. Write oidc:CLAIM=VALUE, for example oidc:groups=data-engineers.`,
    );
  if (/[\s*]/.test(claim))
    throw new Error(`"${claim}" is not the name of a claim. Write the name in full, without "*" or spaces.`);
  if (NON_IDENTIFYING_CLAIMS.has(claim))
    throw new Error(`The claim ${claim} does not identify a caller. Use a claim such as sub or groups.`);
  const name = parseGlob(value);
  if (name.matchesAll)
    throw new Error(`${text} matches every caller that has the claim. Write a narrower value than "${value}".`);
  return { realm: formatClaimRealm(claim), name, text };
}

/** The path of a role or user is dropped, because API Gateway does not report the path of an assumed role. */
function parseIamPattern(text: string): CallerPattern {
  const [scheme, partition = '', service, region, account = '', ...resourceParts] = text.split(':');
  const resource = resourceParts.join(':');
  if (scheme !== 'arn' || region !== '') {
    throw new Error(
      `"${text}" is not a caller. Write an IAM ARN: arn:aws:iam::111122223333:role/NAME, or oidc:CLAIM=VALUE, event:NAME, or deployment:NAME.`,
    );
  }
  if (service === 'sts' && resource.startsWith('assumed-role/')) {
    const name = resource.split('/')[1];
    throw new Error(`Write the ARN of the role instead of its session: arn:${partition}:iam::${account}:role/${name}.`);
  }
  if (!/^[\w-]+$/.test(partition))
    throw new Error(`"${partition}" is not a partition. Write the partition in full: aws, aws-cn or aws-us-gov.`);
  if (!/^\d{12}$/.test(account))
    throw new Error(`"${account}" is not an account ID. Write the account ID in full: 12 digits.`);
  if (service === 'iam' && resource === 'root') {
    return { realm: formatIamRealm(partition, account, 'iam root'), name: parseGlob(''), text };
  }

  const [kindText = '', ...path] = resource.split('/');
  const kind = IAM_PRINCIPAL_KINDS.find((known) => known === kindText);
  const name = path.pop() ?? '';
  if (kind === undefined || service !== (kind === 'federated-user' ? 'sts' : 'iam') || name === '') {
    throw new Error(
      `"${text}" is not a caller. Write role/NAME, user/NAME, root or, in an sts ARN, federated-user/NAME.`,
    );
  }
  if (path.some((part) => part.includes('*'))) throw new Error('The path must not contain "*". Remove the path.');
  if (parseGlob(name).matchesAll)
    throw new Error(`${kind}/${name} matches every ${kind} of the account. Write a narrower name.`);
  if (!/^[\w+=,.@*-]+$/.test(name))
    throw new Error(`"${name}" is not a valid name of a ${kind}. Names have letters, digits and +=,.@_-.`);
  return { realm: formatIamRealm(partition, account, `${service} ${kind}/`), name: parseGlob(name), text };
}
