import type { Caller } from './caller.ts';
import { type Glob, glob } from './glob.ts';

/** One pattern of callers, from a grant's `who`. Kind, partition and account are exact. */
export interface Who extends Pick<Caller, 'kind' | 'partition' | 'account'> {
  readonly name: Glob;
  /** As written. */
  readonly text: string;
}

const KINDS = ['role', 'user', 'federated-user'] as const;

/**
 * Reads a pattern of callers: `arn:aws:iam::111122223333:role/reporting-*`. Partition, account and kind stand in full; the
 * name may hold `*`. A literal path is dropped, since API Gateway does not tell an assumed role's path.
 *
 * @throws Error saying what to write instead
 */
export function who(text: string): Who {
  const [scheme, partition = '', service, region, account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (text.startsWith('oidc:')) throw new Error('OIDC callers are not supported yet.');
  if (scheme !== 'arn' || region !== '') throw new Error('Write an IAM ARN: arn:aws:iam::111122223333:role/NAME.');
  if (service === 'sts' && resource.startsWith('assumed-role/')) {
    const name = resource.split('/')[1];
    throw new Error(`Write the role, not a session of it: arn:${partition}:iam::${account}:role/${name}.`);
  }
  if (!/^[\w-]+$/.test(partition)) throw new Error('The partition stands in full: aws, aws-cn or aws-us-gov.');
  if (!/^\d{12}$/.test(account)) throw new Error('The account stands in full: 12 digits.');
  if (service === 'iam' && resource === 'root') return { kind: 'root', partition, account, name: glob(''), text };

  const [kindText = '', ...parts] = resource.split('/');
  const kind = KINDS.find((known) => known === kindText);
  const name = parts.pop() ?? '';
  if (kind === undefined || service !== (kind === 'federated-user' ? 'sts' : 'iam') || name === '') {
    throw new Error('Write role/NAME, user/NAME, root or (with sts) federated-user/NAME.');
  }
  if (parts.some((part) => part.includes('*'))) throw new Error('A path takes no "*": leave the path out.');
  if (glob(name).matchesAll) throw new Error(`${kind}/* would let in every ${kind} of the account: name them.`);
  if (!/^[\w+=,.@*-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of a ${kind}.`);
  return { kind, partition, account, name: glob(name), text };
}

/** The part of a pattern, or of a caller, that is compared exactly. */
export const realmOf = ({ kind, partition, account }: Pick<Caller, 'kind' | 'partition' | 'account'>): string =>
  `${kind} ${partition} ${account}`;
