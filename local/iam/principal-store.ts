/**
 * Who may sign requests on the laptop: a store of credentials, each with the ARN and the identity policies that stand
 * behind it. Plays STS and IAM for the gateway and for the MWAA stand-in, which share one store, so that the credentials
 * a function gets are the ones its calls to MWAA are checked against.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Credentials and who they belong to. */
export interface Principal {
  accessKeyId: string;
  secretAccessKey: string;
  /** Present for temporary credentials (`ASIA…`): every request signed with them must carry it. */
  sessionToken?: string;
  /** As IAM names the caller in a request: `arn:aws:sts::…:assumed-role/role/session` or `arn:aws:iam::…:user/name`. */
  arn: string;
  /** `AROA…:session` for a role session, `AIDA…` for a user. Steady for one role. */
  userId: string;
  account: string;
  /** Identity policy documents, as JSON values. */
  policies: unknown[];
  /** AWS Organizations id of the account, for `aws:PrincipalOrgID`. */
  organizationId?: string;
  /** Milliseconds since the epoch. Absent: never. */
  expiresAt?: number;
}

/** What `issue` may be told beside ARN and policies. */
export type IssueCredentialsOptions = Pick<Principal, 'organizationId' | 'expiresAt'>;

/** The store. */
export interface PrincipalStore {
  /**
   * Makes new random credentials. A role session or federated user gets temporary ones (`ASIA…` with a session token), a
   * user or root long-term ones (`AKIA…` without).
   * Throws when the ARN is not one that signs requests: a role's own ARN does not, only its sessions do.
   */
  issueCredentials(arn: string, policies: unknown[], options?: IssueCredentialsOptions): Principal;
  findByAccessKey(accessKeyId: string): Principal | undefined;
}

const SIGNING_ARN =
  /^arn:aws[\w-]*:(?:sts::(\d{12}):(assumed-role|federated-user)\/(.+)|iam::(\d{12}):(user|root)(?:\/(.+))?)$/;

/** An empty store. */
export function createPrincipalStore(): PrincipalStore {
  const byAccessKey = new Map<string, Principal>();
  return {
    issueCredentials(arn, policies, options = {}) {
      const [, stsAccount, session, sessionName, iamAccount, , userName] = SIGNING_ARN.exec(arn) ?? [];
      const account = stsAccount ?? iamAccount;
      if (account === undefined || (session === 'assumed-role' && !sessionName?.includes('/'))) {
        throw new Error(
          `${arn} does not sign requests: give a role session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), ` +
            'a federated user, a user or root',
        );
      }
      const temporary = session !== undefined;
      const principal: Principal = {
        accessKeyId: (temporary ? 'ASIA' : 'AKIA') + createRandomId(16),
        secretAccessKey: randomBytes(30).toString('base64'),
        ...(temporary && { sessionToken: randomBytes(180).toString('base64') }),
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
