import { formatClaimRealm, formatIamRealm, type Identity } from './caller.ts';
import { type Glob, parseGlob } from './glob.ts';

/** One pattern of callers, from a grant's `who`. The realm is exact. */
export interface CallerPattern extends Pick<Identity, 'realm'> {
  readonly name: Glob;
  /** As written. */
  readonly text: string;
}

const IAM_PRINCIPAL_KINDS = ['role', 'user', 'federated-user'] as const;

/** Claims that say nothing of who it is: every caller has them alike, or they are others in each token. */
const NON_IDENTIFYING_CLAIMS = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'nonce']);

/**
 * Reads a pattern of callers: `arn:aws:iam::111122223333:role/reporting-*` or `oidc:groups=data-engineers`. What stands
 * before the name stands in full; the name may hold `*`.
 *
 * @throws Error saying what to write instead
 */
export function parseCallerPattern(text: string): CallerPattern {
  return text.startsWith('oidc:') ? parseClaimPattern(text) : parseIamPattern(text);
}

/** The claim's name ends at the first `=`: it may be an address, as some issuers name their claims. */
function parseClaimPattern(text: string): CallerPattern {
  const [claim = '', ...rest] = text.slice('oidc:'.length).split('=');
  const value = rest.join('=');
  if (claim === '' || value === '') throw new Error('Write oidc:CLAIM=VALUE: oidc:groups=data-engineers.');
  if (/[\s*]/.test(claim)) throw new Error(`"${claim}" cannot be the name of a claim: it stands in full.`);
  if (NON_IDENTIFYING_CLAIMS.has(claim))
    throw new Error(`The claim ${claim} does not tell callers apart: use sub, groups or the like.`);
  if (parseGlob(value).matchesAll) throw new Error(`${text} would let in everybody who has the claim: name them.`);
  return { realm: formatClaimRealm(claim), name: parseGlob(value), text };
}

/** A literal path is dropped, since API Gateway does not tell an assumed role's path. */
function parseIamPattern(text: string): CallerPattern {
  const [scheme, partition = '', service, region, account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (scheme !== 'arn' || region !== '') {
    throw new Error('Write an IAM ARN: arn:aws:iam::111122223333:role/NAME, or oidc:CLAIM=VALUE.');
  }
  if (service === 'sts' && resource.startsWith('assumed-role/')) {
    const name = resource.split('/')[1];
    throw new Error(`Write the role, not a session of it: arn:${partition}:iam::${account}:role/${name}.`);
  }
  if (!/^[\w-]+$/.test(partition)) throw new Error('The partition stands in full: aws, aws-cn or aws-us-gov.');
  if (!/^\d{12}$/.test(account)) throw new Error('The account stands in full: 12 digits.');
  if (service === 'iam' && resource === 'root') {
    return { realm: formatIamRealm(partition, account, 'iam root'), name: parseGlob(''), text };
  }

  const [kindText = '', ...parts] = resource.split('/');
  const kind = IAM_PRINCIPAL_KINDS.find((known) => known === kindText);
  const name = parts.pop() ?? '';
  if (kind === undefined || service !== (kind === 'federated-user' ? 'sts' : 'iam') || name === '') {
    throw new Error('Write role/NAME, user/NAME, root or (with sts) federated-user/NAME.');
  }
  if (parts.some((part) => part.includes('*'))) throw new Error('A path takes no "*": leave the path out.');
  if (parseGlob(name).matchesAll) throw new Error(`${kind}/* would let in every ${kind} of the account: name them.`);
  if (!/^[\w+=,.@*-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of a ${kind}.`);
  return { realm: formatIamRealm(partition, account, `${service} ${kind}/`), name: parseGlob(name), text };
}
