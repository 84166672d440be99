/** What a row of the contract says: what AWS and MWAA do, the calls, and what comes back in every language. */
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { RUNS_ALL } from '../local/select-releases.ts';
import type { Door, DoorStep } from './door.ts';
import { CLIENTS, type ClientName } from './drivers.ts';
import type { NetworkProxy, NetworkProxyBehavior } from './network-proxy.ts';
import type { CallArguments, CallError, CallName, ClientDescription } from './protocol.ts';

/** One call, and what comes back. `$ID` in the arguments is different for each row and client. */
export type RowCall = LibraryCall | ProgramCall;

export type LibraryCall = { readonly name: CallName; readonly cancelAfterMs?: number } & CallArguments & Expected;

/** A console program. Its value is its exit code and what it prints. */
export interface ProgramCall {
  readonly name: 'program';
  readonly program: 'airflow' | 'wait';
  readonly argv: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Ctrl-C, once so many requests have arrived. */
  readonly interruptAfterRequests?: number;
  readonly value: unknown;
  readonly events?: readonly string[];
}

/** Members that are not named may have any value. */
export type Expected =
  | { readonly value: unknown; readonly events?: readonly string[] }
  | { readonly error: ExpectedError; readonly events?: readonly string[] };

type ExpectedError = { readonly kind: CallError['kind'] } & { readonly [member in keyof CallError]?: unknown };

/** The environments of the stack. Rows of `flaky` and `two` run one after another. */
export type EnvironmentName = 'prod' | 'flaky' | 'two';

export interface Row {
  readonly name: string;
  readonly environment?: EnvironmentName;
  /** Default: `team`, which has grants. */
  readonly caller?: 'nobody' | 'forged';
  /** What happens to the requests, in order. Others are forwarded. */
  readonly door?: readonly DoorStep[];
  /** The API has HTTPS with a certificate of its own authority, at the name `localhost`. */
  readonly tls?: boolean;
  readonly networkProxy?: NetworkProxyBehavior;
  readonly calls: readonly RowCall[];
  /** How the client is made. Default: with the URL of the door and the credentials of the caller. */
  client?(context: RowContext): ClientDescription | Promise<ClientDescription>;
  /** Variables of the process that runs the calls. Without them, a process runs the calls of many rows. */
  variables?(context: RowContext): Record<string, string>;
  /** Starts what goes on during the calls. The returned function ends it. */
  prepare?(context: RowContext): Promise<() => void>;
  /** How many requests arrive at the door. */
  readonly requests: number;
  /** How many runs the triggers have made. */
  readonly runs?: number;
  /** What else is true afterwards. Throws if it is not. */
  check?(context: RowContext): void;
  /** Default: see `listClients`. */
  readonly clients?: readonly ClientName[];
}

export interface RowContext {
  readonly id: string;
  readonly client: ClientName;
  readonly stack: LocalStack;
  readonly door: Door;
  /** The address of the API, at the door. */
  readonly url: string;
  readonly environment: string;
  readonly credentials: Principal;
  /** A folder of the row, which is deleted. */
  readonly folder: string;
  /** The authority of `tls`. */
  readonly caFile: string;
  readonly networkProxy: NetworkProxy | undefined;
  issueToken(client: 'service' | 'short'): Promise<string>;
  /** The commands of this row that arrived at Airflow. */
  listCommands(): string[];
}

/**
 * The clients that a row is run with. Both clients of Python have the same rules, transport and settings, so every row runs with the
 * asynchronous one only if all tests run, and never if it has a process of its own. What differs always runs: how a call is cancelled.
 */
export function listClients({ clients, variables, calls }: Row): readonly ClientName[] {
  if (clients !== undefined) return clients;
  const isCancelled = calls.some((call) => 'cancelAfterMs' in call);
  return variables === undefined && (RUNS_ALL || isCancelled) ? CLIENTS : ['TypeScript', 'Python'];
}

/** The variables of the `airflow` command for a row. */
export const getShellVariables = (
  { url, environment, credentials, stack }: RowContext,
  more: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      MWAA_CLI_PROXY_URL: url,
      MWAA_ENVIRONMENT: environment,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      ...more,
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
