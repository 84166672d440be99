import type { ConnectionMode } from './controllable-server.ts';
import type { AfterRunAction, FaultAction } from './fault-actions.ts';
import * as actions from './fault-actions.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';

/** The component that a fault affects. */
export type FaultTarget = 'web server' | 'REST API' | 'token API' | 'environment API' | 'function' | 'caller';

/** The name does not resolve, the connection is refused, or packets are dropped. */
export type Reachability = 'unresolved' | 'refused' | 'silent';

/** A simulated failure. Everything that a fault does not set works as usual. */
export interface Fault {
  readonly target: FaultTarget;
  /** What happens, for `--fault list`. */
  readonly description: string;
  readonly reachability?: Reachability;
  readonly connectionMode?: ConnectionMode;
  readonly certificate?: 'untrusted' | 'wrong name';
  /** Replaces the reading of the request. Its body stays unread. */
  readonly insteadOfReading?: FaultAction;
  /** Replaces running the command, after the request has been read. */
  readonly insteadOfRunning?: FaultAction;
  /** Commands to which `insteadOfRunning` does not apply. */
  readonly exceptCommands?: RegExp;
  /** Replaces sending the response, after the command has run. */
  readonly insteadOfResponding?: AfterRunAction;
  readonly behavior?: WebServerBehavior;
  /** Lifetime of the tokens that are issued. */
  readonly tokenLifetimeSeconds?: number;
  /** Revokes the tokens issued so far. */
  readonly revokesTokens?: true;
  /** What happens to the web sessions so far: Airflow treats them as none, or as damaged ones. */
  readonly revokesSessions?: 'expired' | 'damaged';
  /** The call reaches Airflow after the delay. */
  readonly runsLate?: true;
  /** It affects the login before the REST API, and not the calls after it. */
  readonly login?: true;
  /** How far MWAA's clock is ahead of the function's. */
  readonly clockAheadMinutes?: number;
  /** The web server runs another Airflow release. */
  readonly otherRelease?: true;
  /** Lambda throttles every invocation. */
  readonly noConcurrency?: true;
  /** The caller disconnects while it waits. */
  readonly callerDisconnects?: true;
  /** Delay of a late call, response or reset. Default 10. */
  readonly delaySeconds?: number;
  /** The number of requests or connections that it affects. Default: all while it is active. */
  readonly maxHits?: number;
}

type FaultEffects = Omit<Fault, 'target' | 'description'>;

const webServerFault = (description: string, effects: FaultEffects): Fault => ({
  target: 'web server',
  description,
  ...effects,
});
const restFault = (description: string, effects: FaultEffects): Fault => ({
  target: 'REST API',
  description,
  ...effects,
});
const tokenApiFault = (description: string, effects: FaultEffects): Fault => ({
  target: 'token API',
  description,
  ...effects,
});

/**
 * The faults by name. 503, 504, 403 and 500 of MWAA's web server are documented or reported. The network faults are those of any
 * network. The others are included because nothing rules them out.
 */
export const FAULTS = {
  // The connection to the web server
  'name-resolution': webServerFault("the web server's host name does not resolve", { reachability: 'unresolved' }),
  'connect-refused': webServerFault('the web server refuses connections', { reachability: 'refused' }),
  'connect-hang': webServerFault('packets to the web server are dropped, as by a security group', {
    reachability: 'silent',
  }),
  'reset-before-tls': webServerFault('the connection is reset once it is established', { connectionMode: 'reset' }),
  'tls-hang': webServerFault('the TLS handshake gets no response', { connectionMode: 'ignore' }),
  'tls-untrusted': webServerFault('the certificate is from an untrusted authority', { certificate: 'untrusted' }),
  'tls-wrong-name': webServerFault('the certificate is for another host name', { certificate: 'wrong name' }),

  // The request arrives, but Airflow does not run
  'reset-before-read': webServerFault('the connection is reset before the request is read', {
    insteadOfReading: actions.resetConnection,
  }),
  'reset-before-run': webServerFault('the connection is reset after the request is read; nothing runs', {
    insteadOfRunning: actions.resetConnection,
  }),
  'hang-before-run': webServerFault('the request is read, but no response is sent; nothing runs', {
    insteadOfRunning: actions.neverRespond,
  }),
  'redirect-elsewhere': webServerFault('the web server redirects to another host', {
    insteadOfRunning: actions.redirectToForeignHost,
  }),
  'redirect-http': webServerFault('the web server redirects to the same host without TLS', {
    insteadOfRunning: actions.redirectToHttp,
  }),
  'redirect-loop': webServerFault('the web server redirects to the same URL', {
    insteadOfRunning: actions.redirectToSelf,
  }),
  '401-always': webServerFault('401 for every request', {
    insteadOfRunning: actions.respondWithPage(401, 'Unauthorized'),
  }),
  '403-once': webServerFault('403 for the next request', {
    insteadOfRunning: actions.respondWithPage(403, 'Forbidden'),
    maxHits: 1,
  }),
  '403-always': webServerFault('403 for every request', {
    insteadOfRunning: actions.respondWithPage(403, 'Forbidden'),
  }),
  '403-command': webServerFault('403 for every command except version', {
    insteadOfRunning: actions.respondWithPage(403, 'Forbidden'),
    exceptCommands: /^version\b/,
  }),
  'not-allowed-403': webServerFault('403: the command is not allowed', {
    insteadOfRunning: actions.refuseCommand(403),
  }),
  'not-allowed-500': webServerFault('500: the command is not allowed', {
    insteadOfRunning: actions.refuseCommand(500),
  }),
  'not-allowed-200': webServerFault('200: the streams say that the command is not allowed; nothing runs', {
    insteadOfRunning: actions.refuseCommandInStreams,
  }),
  '404-always': webServerFault('404: the web server has no such path', {
    insteadOfRunning: actions.respondWithPage(404, 'Not Found'),
  }),
  '429-always': webServerFault('429 for every request', {
    insteadOfRunning: actions.respondWithPage(429, 'Too Many Requests'),
  }),
  '500-before-run': webServerFault('500 before the command is run', {
    insteadOfRunning: actions.respondWithPage(500, 'Internal Server Error'),
  }),
  '502-before-run': webServerFault('502 from a load balancer; nothing runs', {
    insteadOfRunning: actions.respondWithPage(502, 'Bad Gateway'),
  }),
  '503-then-200': webServerFault('503 for the next request', {
    insteadOfRunning: actions.respondWithPage(503, 'Service Unavailable'),
    maxHits: 1,
  }),
  '503-always': webServerFault('503 for every request', {
    insteadOfRunning: actions.respondWithPage(503, 'Service Unavailable'),
  }),
  'html-200': webServerFault('200 with an HTML page; nothing runs', {
    insteadOfRunning: actions.respondWithPage(200, 'Sign in'),
  }),

  // Airflow runs, but its response is lost or damaged
  'reset-after-run': webServerFault('the command runs, then the connection is reset', {
    insteadOfResponding: actions.resetConnection,
  }),
  'hang-before-headers': webServerFault('the command runs, but no response is sent', {
    insteadOfResponding: actions.neverRespond,
  }),
  'hang-in-body': webServerFault('the command runs, but only half of the response is sent', {
    insteadOfResponding: actions.hangDuringBody,
  }),
  'reset-in-body': webServerFault('the command runs, but the connection is reset in the middle of the response', {
    insteadOfResponding: actions.resetDuringBody,
  }),
  'slow-answer': webServerFault('the command runs, but the response is late', {
    insteadOfResponding: actions.respondLate,
  }),
  'worker-timeout': webServerFault('the web server ends its worker after 120 seconds; the command has run', {
    insteadOfResponding: actions.resetLate,
    delaySeconds: 120,
  }),
  '500-after-run': webServerFault('500 after the command has run', {
    insteadOfResponding: actions.respondWithPage(500, 'Internal Server Error'),
  }),
  '502-after-run': webServerFault('502 after the command has run', {
    insteadOfResponding: actions.respondWithPage(502, 'Bad Gateway'),
  }),
  '504-after-run': webServerFault('504 from a load balancer while the command runs', {
    insteadOfResponding: actions.respondWithPage(504, 'Gateway Timeout'),
  }),
  'html-after-run': webServerFault('200 with an HTML page after the command has run', {
    insteadOfResponding: actions.respondWithPage(200, 'Sign in'),
  }),
  'empty-body': webServerFault('200 with an empty body after the command has run', {
    insteadOfResponding: actions.respondWithJson(''),
  }),
  'truncated-json': webServerFault('the JSON of the response is truncated', {
    insteadOfResponding: actions.truncateBody,
  }),
  'bad-base64': webServerFault('the streams are not base64', {
    insteadOfResponding: actions.replaceStreams({ stdout: '%%% no base64 %%%', stderr: '%' }),
  }),
  'huge-answer': webServerFault('the response has 50 MB', { insteadOfResponding: actions.respondWithHugeBody }),
  'wrong-types': webServerFault('the streams are a number and a list', {
    insteadOfResponding: actions.replaceStreams({ stdout: 7, stderr: ['x'] }),
  }),
  'missing-streams': webServerFault('the response is JSON without streams', {
    insteadOfResponding: actions.respondWithJson('{}'),
  }),
  'null-streams': webServerFault('both streams are null', {
    insteadOfResponding: actions.replaceStreams({ stdout: null, stderr: null }),
  }),
  'lost-stdout': webServerFault('stdout is missing, stderr is present', {
    insteadOfResponding: actions.replaceStreams({ stdout: null }),
  }),
  returncode: webServerFault('the response contains a return code', { behavior: { returncode: true } }),
  'status-400': webServerFault('failed commands return 400 with their streams', {
    behavior: { failureStatus: 400 },
  }),
  'wrong-release': webServerFault('the environment runs another Airflow release than configured', {
    otherRelease: true,
  }),

  // The REST API. The other faults of the web server affect commands only, unless they are faults of the connection
  'rest-session-expired': restFault('the web sessions so far have expired', { revokesSessions: 'expired' }),
  'rest-session-damaged': restFault('Airflow cannot read the web sessions so far', { revokesSessions: 'damaged' }),
  'rest-401-always': restFault('401 for every call', {
    insteadOfRunning: actions.respondWithPage(401, 'Unauthorized'),
  }),
  'rest-401-once': restFault('401 for the next call', {
    insteadOfRunning: actions.respondWithPage(401, 'Unauthorized'),
    maxHits: 1,
  }),
  'rest-login-redirect': restFault('every call is redirected to the login page', {
    insteadOfRunning: actions.redirectToLogin,
  }),
  'rest-login-page': restFault('200 with the login page for every call', {
    insteadOfRunning: actions.respondWithLoginPage,
  }),
  'rest-login-404': restFault('404 for the login, with a cookie of somebody who is not logged in', {
    insteadOfRunning: actions.respondNotFoundWithCookies,
    login: true,
  }),
  'rest-login-no-cookie': restFault('the login returns no cookie', {
    insteadOfRunning: actions.respondWithPage(200, 'Airflow'),
    login: true,
  }),
  'rest-reset-before-run': restFault('the connection is reset after the call is read; nothing runs', {
    insteadOfRunning: actions.resetConnection,
  }),
  'rest-reset-after-run': restFault('the call runs, then the connection is reset', {
    insteadOfResponding: actions.resetConnection,
  }),
  'rest-503': restFault('503 from a load balancer; nothing runs', {
    insteadOfRunning: actions.respondWithPage(503, 'Service Temporarily Unavailable'),
  }),
  'rest-hang-before-run': restFault('the call is read, but no answer is sent; nothing runs', {
    insteadOfRunning: actions.neverRespond,
  }),
  'rest-403-page': restFault('403 with an HTML page for every call', {
    insteadOfRunning: actions.respondWithPage(403, 'Forbidden'),
  }),
  'rest-reset-in-body': restFault('the call runs, but the connection is reset in the middle of the answer', {
    insteadOfResponding: actions.resetDuringBody,
  }),
  'rest-html-after-run': restFault('200 with an HTML page after the call has run', {
    insteadOfResponding: actions.respondWithPage(200, 'Airflow'),
  }),
  'rest-504-after-run': restFault('504 from a load balancer while the call runs', {
    insteadOfResponding: actions.respondWithPage(504, 'Gateway Timeout'),
  }),
  'rest-slow-answer': restFault('the call runs, but the answer is late', { insteadOfResponding: actions.respondLate }),
  'rest-hang-in-body': restFault('the call runs, but only half of the answer is sent', {
    insteadOfResponding: actions.hangDuringBody,
  }),
  'rest-slow-body': restFault('the call runs, but the second half of the answer is late', {
    insteadOfResponding: actions.respondInHalves,
  }),
  'rest-late-run': restFault('the call reaches Airflow late', { runsLate: true }),
  'rest-huge-answer': restFault('the answer has 20 MB', { insteadOfResponding: actions.respondWithHugeJson }),

  // Tokens
  'token-name-resolution': tokenApiFault("the token API's host name does not resolve", { reachability: 'unresolved' }),
  'token-connect-refused': tokenApiFault('the token API refuses connections', { reachability: 'refused' }),
  'token-connect-hang': tokenApiFault('packets to the token API are dropped', { reachability: 'silent' }),
  'token-tls-untrusted': tokenApiFault("the token API's certificate is not trusted", { certificate: 'untrusted' }),
  'token-reset': tokenApiFault('the token API resets every connection', { insteadOfReading: actions.resetConnection }),
  'token-hang': tokenApiFault('the token API sends no response', { insteadOfRunning: actions.neverRespond }),
  'token-throttled': tokenApiFault('every request for a token is throttled', {
    insteadOfRunning: actions.respondWithAwsError(400, 'ThrottlingException', 'Rate exceeded'),
  }),
  'token-throttled-once': tokenApiFault('the next request for a token is throttled', {
    insteadOfRunning: actions.respondWithAwsError(400, 'ThrottlingException', 'Rate exceeded'),
    maxHits: 1,
  }),
  'token-missing-permission': tokenApiFault("the relay's role does not allow airflow:CreateCliToken", {
    insteadOfRunning: actions.respondWithAwsError(
      403,
      'AccessDeniedException',
      'User is not authorized to perform: airflow:CreateCliToken',
    ),
  }),
  'token-no-environment': tokenApiFault('the environment does not exist', {
    insteadOfRunning: actions.respondWithAwsError(404, 'ResourceNotFoundException', 'No such environment'),
  }),
  'token-invalid': tokenApiFault('the token API rejects the request as invalid', {
    insteadOfRunning: actions.respondWithAwsError(
      400,
      'ValidationException',
      'Value at name failed to satisfy constraint',
    ),
  }),
  'token-unavailable': tokenApiFault('the token API is unavailable (503)', {
    insteadOfRunning: actions.respondWithAwsError(503, 'ServiceUnavailableException', 'Service unavailable'),
  }),
  'token-error': tokenApiFault('the token API fails (500)', {
    insteadOfRunning: actions.respondWithAwsError(500, 'InternalServerException', 'Internal error'),
  }),
  'token-malformed-answer': tokenApiFault('the token API returns an HTML page', {
    insteadOfRunning: actions.respondWithPage(200, 'Sign in'),
  }),
  'token-incomplete-answer': tokenApiFault('the token API returns a token without a host name', {
    insteadOfRunning: actions.respondWithTokenOnly,
  }),
  'token-expires-in-flight': tokenApiFault('the next token has already expired when it is issued', {
    tokenLifetimeSeconds: -1,
    maxHits: 1,
  }),
  'token-revoked': tokenApiFault('the tokens issued so far are rejected', { revokesTokens: true }),
  'token-useless': tokenApiFault('every token has already expired when it is issued', { tokenLifetimeSeconds: -1 }),
  'clock-skew': tokenApiFault("the relay's clock is 20 minutes slow", { clockAheadMinutes: 20 }),

  // The function and the caller
  'function-crash': {
    target: 'function',
    description: 'the relay crashes after the command has run',
    insteadOfResponding: actions.signalFunctionProcesses('SIGKILL'),
  },
  'function-frozen': {
    target: 'function',
    description: 'the relay hangs after the command has run, until Lambda ends it',
    insteadOfResponding: actions.signalFunctionProcesses('SIGSTOP'),
  },
  'function-concurrency-limit': {
    target: 'function',
    description: 'all slots of the environment are taken',
    noConcurrency: true,
  },
  'early-abort': {
    target: 'caller',
    description: 'the caller disconnects while Airflow runs',
    callerDisconnects: true,
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** One line per fault: its name and its description. */
export function formatFaultList(): string {
  const names = Object.keys(FAULTS) as FaultName[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${FAULTS[name].description}`).join('\n');
}

export interface FaultOptions {
  /** The number of requests or new connections that the fault affects. Default: that of the fault, or all. */
  readonly maxHits?: number;
  /** Delay of a late call, response or reset. Default: that of the fault, or 10. */
  readonly delaySeconds?: number;
  /** The only method of calls of the REST API that it affects. Default: all. */
  readonly method?: string;
  /** It affects the responses of every n-th command only. Default: 1. */
  readonly every?: number;
  /** The only commands whose responses it affects. Default: all. */
  readonly commands?: RegExp;
}

const DEFAULT_DELAY_SECONDS = 10;

/** The active fault. At most one is active. */
export interface ActiveFault {
  readonly name: FaultName | undefined;
  readonly delaySeconds: number;
  readonly method: string | undefined;
  /** Returns the fault if it affects one of these targets and has hits left. */
  getFor(...targets: FaultTarget[]): Fault | undefined;
  /** Whether it affects the response of a command that has run. Asked once for each command. */
  affectsResponse(commandText: string): boolean;
  /** Counts an affected request or connection. */
  countHit(): void;
  set(name: FaultName | undefined, options?: FaultOptions): void;
}

export function createActiveFault(): ActiveFault {
  let fault: Fault | undefined;
  let name: FaultName | undefined;
  let hitsLeft = 0;
  let delaySeconds = DEFAULT_DELAY_SECONDS;
  let method: string | undefined;
  let every = 1;
  let commands: RegExp | undefined;
  let asked = 0;
  return {
    get name() {
      return name;
    },
    get delaySeconds() {
      return delaySeconds;
    },
    get method() {
      return method;
    },
    getFor: (...targets) => (fault !== undefined && hitsLeft > 0 && targets.includes(fault.target) ? fault : undefined),
    affectsResponse(commandText) {
      if (commands?.test(commandText) === false) return false;
      asked += 1;
      return asked % every === 0;
    },
    countHit() {
      hitsLeft -= 1;
    },
    set(newName, options = {}) {
      name = newName;
      method = options.method;
      every = options.every ?? 1;
      commands = options.commands;
      asked = 0;
      fault = newName === undefined ? undefined : FAULTS[newName];
      hitsLeft = options.maxHits ?? fault?.maxHits ?? Number.POSITIVE_INFINITY;
      delaySeconds = options.delaySeconds ?? fault?.delaySeconds ?? DEFAULT_DELAY_SECONDS;
    },
  };
}
