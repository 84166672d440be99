/**
 * Issues credentials and stores the ARN and the identity policies that belong to them. Stands in for STS and IAM. The gateway
 * and the MWAA stand-in share one store, so that MWAA accepts the credentials that the gateway gives to a function.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Credentials and the identity they belong to. */
export interface Principal {
  accessKeyId: string;
  secretAccessKey: string;
  /** Present for temporary credentials (`ASIA…`): every request signed with them must carry it. */
  sessionToken?: string;
  /** The caller as IAM identifies it: `arn:aws:sts::…:assumed-role/role/session` or `arn:aws:iam::…:user/name`. */
  arn: string;
  /** `AROA…:session` for a role session, `AIDA…` for a user. The same every time for one role or user. */
  userId: string;
  account: string;
  /** Identity policy documents, as JSON values. */
  policies: unknown[];
  /** AWS Organizations id of the account, for `aws:PrincipalOrgID`. */
  organizationId?: string;
  /** Milliseconds since the epoch. Absent: the credentials do not expire. */
  expiresAt?: number;
  /** ARN of the role of a session, for a role with a path, which the session's ARN does not contain. */
  roleArn?: string;
}

/** Optional properties of the issued credentials. */
export type IssueCredentialsOptions = Pick<Principal, 'organizationId' | 'expiresAt' | 'roleArn'> & {
  /** Credentials that were issued earlier. Default: new random ones. */
  readonly reissued?: IssuedCredentials;
};

/** What a caller signs with. */
export type IssuedCredentials = Pick<Principal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

export interface PrincipalStore {
  /**
   * Issues new random credentials: temporary ones (`ASIA…` with a session token) for a role session or a federated user,
   * long-term ones (`AKIA…` without a token) for a user or the root user. Throws for an ARN that cannot sign requests, such as
   * that of a role: only sessions of a role sign.
   */
  issueCredentials(arn: string, policies: unknown[], options?: IssueCredentialsOptions): Principal;
  findByAccessKey(accessKeyId: string): Principal | undefined;
}

const SIGNING_ARN =
  /^arn:aws[\w-]*:(?:sts::(\d{12}):(assumed-role|federated-user)\/(.+)|iam::(\d{12}):(user|root)(?:\/(.+))?)$/;

/** Creates an empty store. */
export function createPrincipalStore(): PrincipalStore {
  const byAccessKey = new Map<string, Principal>();
  return {
    issueCredentials(arn, policies, { reissued, ...options } = {}) {
      const [, stsAccount, session, sessionName, iamAccount, , userName] = SIGNING_ARN.exec(arn) ?? [];
      const account = stsAccount ?? iamAccount;
      if (account === undefined || (session === 'assumed-role' && !sessionName?.includes('/'))) {
        throw new Error(
          `${arn} cannot sign requests. Use a role session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), ` +
            'a federated user, a user or the root user.',
        );
      }
      const temporary = session !== undefined;
      const principal: Principal = {
        accessKeyId: (temporary ? 'ASIA' : 'AKIA') + createRandomId(16),
        secretAccessKey: randomBytes(30).toString('base64'),
        ...(temporary && { sessionToken: randomBytes(180).toString('base64') }),
        ...reissued,
        arn,
        userId: createUserId(account, session, sessionName ?? userName),
        account,
        policies,
        ...options,
      };
      byAccessKey.set(principal.accessKeyId, principal);
      return principal;
    },
    findByAccessKey: (accessKeyId) => byAccessKey.get(accessKeyId),
  };
}

function createUserId(account: string, session: string | undefined, name: string | undefined): string {
  if (session === 'federated-user') return `${account}:${name}`;
  if (session === undefined) return name === undefined ? account : `AIDA${createStableId(`${account}/user/${name}`)}`;
  const slash = name?.indexOf('/') ?? -1;
  return `AROA${createStableId(`${account}/role/${name?.slice(0, slash)}`)}:${name?.slice(slash + 1)}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function encodeId(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

const createRandomId = (length: number) => encodeId(randomBytes(length), length);
const createStableId = (text: string) => encodeId(createHash('sha256').update(text).digest(), 16);
