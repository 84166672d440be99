import type { ConnectionMode } from './controllable-server.ts';
import type { AfterRunAction, FaultAction } from './fault-actions.ts';
import * as acts from './fault-actions.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';

/** Where a fault is. */
export type FaultTarget = 'web server' | 'token API' | 'environment API' | 'function' | 'caller';

/** How a name and its port are found: not at all, no one listens, or packets go nowhere. */
export type Reachability = 'unresolved' | 'refused' | 'silent';

/** Something that goes wrong. What is not named goes as usual. */
export interface Fault {
  readonly target: FaultTarget;
  /** What happens, for people. */
  readonly description: string;
  readonly reachability?: Reachability;
  readonly connectionMode?: ConnectionMode;
  readonly certificate?: 'untrusted' | 'wrong name';
  /** In place of reading the request: its body stays unread. */
  readonly insteadOfReading?: FaultAction;
  /** In place of running the command, once the request was read. */
  readonly insteadOfRunning?: FaultAction;
  /** Texts of commands that `before` lets through. */
  readonly exceptCommands?: RegExp;
  /** In place of sending the answer, once the command was run. */
  readonly insteadOfResponding?: AfterRunAction;
  readonly behavior?: WebServerBehavior;
  /** Life of the tokens that are issued. */
  readonly tokenLifetimeSeconds?: number;
  /** Refuses the tokens issued until now. */
  readonly revokesTokens?: true;
  /** How far the clock of MWAA is ahead of the function's. */
  readonly clockAheadMinutes?: number;
  /** The web server is of another Airflow release. */
  readonly otherRelease?: true;
  /** No function may be invoked. */
  readonly noConcurrency?: true;
  /** The caller hangs up while it waits. */
  readonly callerDisconnects?: true;
  /** How often it strikes, where that is part of its name. Default: for as long as it is on. */
  readonly maxHits?: number;
}

const webServerFault = (what: string, more: Omit<Fault, 'target' | 'description'>): Fault => ({
  target: 'web server',
  description: what,
  ...more,
});
const tokenApiFault = (what: string, more: Omit<Fault, 'target' | 'description'>): Fault => ({
  target: 'token API',
  description: what,
  ...more,
});

/**
 * What can go wrong, by name. That MWAA's web server answers 503, 504, 403 and 500 is documented or reported; the faults
 * of networks are what networks do; the rest is there because nothing excludes it.
 */
export const FAULTS = {
  // The way to the web server
  'name-resolution': webServerFault("the web server's name does not resolve", { reachability: 'unresolved' }),
  'connect-refused': webServerFault('nobody listens at the web server', { reachability: 'refused' }),
  'connect-hang': webServerFault('packets to the web server are dropped, as a security group drops them', {
    reachability: 'silent',
  }),
  'reset-before-tls': webServerFault('the connection is reset when it stands', { connectionMode: 'reset' }),
  'tls-hang': webServerFault('the TLS handshake gets no answer', { connectionMode: 'ignore' }),
  'tls-untrusted': webServerFault('the certificate is of an authority nobody trusts', { certificate: 'untrusted' }),
  'tls-wrong-name': webServerFault('the certificate is for another name', { certificate: 'wrong name' }),

  // The request arrives and Airflow does not run
  'reset-before-read': webServerFault('the connection is reset before the request is read', {
    insteadOfReading: acts.resetConnection,
  }),
  'reset-before-run': webServerFault('the connection is reset when the request was read; nothing runs', {
    insteadOfRunning: acts.resetConnection,
  }),
  'hang-before-run': webServerFault('the request is read and never answered; nothing runs', {
    insteadOfRunning: acts.neverRespond,
  }),
  'redirect-elsewhere': webServerFault('a redirect to another host', { insteadOfRunning: acts.redirectToForeignHost }),
  'redirect-http': webServerFault('a redirect to the same host without TLS', { insteadOfRunning: acts.redirectToHttp }),
  'redirect-loop': webServerFault('a redirect to the very same address', { insteadOfRunning: acts.redirectToSelf }),
  '401-always': webServerFault('401 for every request', {
    insteadOfRunning: acts.respondWithPage(401, 'Unauthorized'),
  }),
  '403-once': webServerFault('403 for the next request', {
    insteadOfRunning: acts.respondWithPage(403, 'Forbidden'),
    maxHits: 1,
  }),
  '403-always': webServerFault('403 for every request', { insteadOfRunning: acts.respondWithPage(403, 'Forbidden') }),
  '403-command': webServerFault('403 for every command but version', {
    insteadOfRunning: acts.respondWithPage(403, 'Forbidden'),
    exceptCommands: /^version\b/,
  }),
  '404-always': webServerFault('404: the web server has no such path', {
    insteadOfRunning: acts.respondWithPage(404, 'Not Found'),
  }),
  '429-always': webServerFault('429 for every request', {
    insteadOfRunning: acts.respondWithPage(429, 'Too Many Requests'),
  }),
  '500-before-run': webServerFault('500 before the command is run', {
    insteadOfRunning: acts.respondWithPage(500, 'Internal Server Error'),
  }),
  '502-before-run': webServerFault('502 of a load balancer; nothing runs', {
    insteadOfRunning: acts.respondWithPage(502, 'Bad Gateway'),
  }),
  '503-then-200': webServerFault('503 for the next request', {
    insteadOfRunning: acts.respondWithPage(503, 'Service Unavailable'),
    maxHits: 1,
  }),
  '503-always': webServerFault('503 for every request', {
    insteadOfRunning: acts.respondWithPage(503, 'Service Unavailable'),
  }),
  'html-200': webServerFault('200 with a page of HTML; nothing runs', {
    insteadOfRunning: acts.respondWithPage(200, 'Sign in'),
  }),

  // Airflow runs and its answer is lost or spoilt
  'reset-after-run': webServerFault('the command is run, then the connection is reset', {
    insteadOfResponding: acts.resetConnection,
  }),
  'hang-before-headers': webServerFault('the command is run and never answered', {
    insteadOfResponding: acts.neverRespond,
  }),
  'hang-in-body': webServerFault('the command is run, half of the answer comes', {
    insteadOfResponding: acts.hangDuringBody,
  }),
  'reset-in-body': webServerFault('the command is run, half of the answer comes, then a reset', {
    insteadOfResponding: acts.resetDuringBody,
  }),
  'slow-answer': webServerFault('the command is run, its answer comes late', { insteadOfResponding: acts.respondLate }),
  '500-after-run': webServerFault('500 after the command was run', {
    insteadOfResponding: acts.respondWithPage(500, 'Internal Server Error'),
  }),
  '502-after-run': webServerFault('502 after the command was run', {
    insteadOfResponding: acts.respondWithPage(502, 'Bad Gateway'),
  }),
  '504-after-run': webServerFault('504 of a load balancer while the command runs', {
    insteadOfResponding: acts.respondWithPage(504, 'Gateway Timeout'),
  }),
  'html-after-run': webServerFault('200 with a page of HTML after the command was run', {
    insteadOfResponding: acts.respondWithPage(200, 'Sign in'),
  }),
  'empty-body': webServerFault('200 with an empty body after the command was run', {
    insteadOfResponding: acts.respondWithJson(''),
  }),
  'truncated-json': webServerFault('the JSON of the answer ends half-way', { insteadOfResponding: acts.truncateBody }),
  'bad-base64': webServerFault('the streams are not base64', {
    insteadOfResponding: acts.replaceStreams({ stdout: '%%% no base64 %%%', stderr: '%' }),
  }),
  'huge-answer': webServerFault('an answer of 50 MB', { insteadOfResponding: acts.respondWithHugeBody }),
  'wrong-types': webServerFault('the streams are a number and a list', {
    insteadOfResponding: acts.replaceStreams({ stdout: 7, stderr: ['x'] }),
  }),
  'missing-streams': webServerFault('an answer of JSON without streams', {
    insteadOfResponding: acts.respondWithJson('{}'),
  }),
  'null-streams': webServerFault('both streams are null', {
    insteadOfResponding: acts.replaceStreams({ stdout: null, stderr: null }),
  }),
  'lost-stdout': webServerFault('standard output is missing, standard error is there', {
    insteadOfResponding: acts.replaceStreams({ stdout: null }),
  }),
  returncode: webServerFault('the answer has a return code', { behavior: { returncode: true } }),
  'status-400': webServerFault('failed commands are answered with 400 and their streams', {
    behavior: { failureStatus: 400 },
  }),
  'wrong-release': webServerFault('the environment runs another Airflow release than configured', {
    otherRelease: true,
  }),

  // Tokens
  'token-name-resolution': tokenApiFault("the token API's name does not resolve", { reachability: 'unresolved' }),
  'token-connect-refused': tokenApiFault('nobody listens at the token API', { reachability: 'refused' }),
  'token-connect-hang': tokenApiFault('packets to the token API are dropped', { reachability: 'silent' }),
  'token-tls-untrusted': tokenApiFault("the token API's certificate is not trusted", { certificate: 'untrusted' }),
  'token-reset': tokenApiFault('the token API resets every connection', { insteadOfReading: acts.resetConnection }),
  'token-hang': tokenApiFault('the token API never answers', { insteadOfRunning: acts.neverRespond }),
  'token-throttled': tokenApiFault('every request for a token is throttled', {
    insteadOfRunning: acts.respondWithAwsError(400, 'ThrottlingException', 'Rate exceeded'),
  }),
  'token-throttled-once': tokenApiFault('the next request for a token is throttled', {
    insteadOfRunning: acts.respondWithAwsError(400, 'ThrottlingException', 'Rate exceeded'),
    maxHits: 1,
  }),
  'token-missing-permission': tokenApiFault("the function's role may not create tokens", {
    insteadOfRunning: acts.respondWithAwsError(
      403,
      'AccessDeniedException',
      'User is not authorized to perform: airflow:CreateCliToken',
    ),
  }),
  'token-no-environment': tokenApiFault('there is no such environment', {
    insteadOfRunning: acts.respondWithAwsError(404, 'ResourceNotFoundException', 'No such environment'),
  }),
  'token-invalid': tokenApiFault('the token API calls the request invalid', {
    insteadOfRunning: acts.respondWithAwsError(
      400,
      'ValidationException',
      'Value at name failed to satisfy constraint',
    ),
  }),
  'token-unavailable': tokenApiFault('the token API is down (503)', {
    insteadOfRunning: acts.respondWithAwsError(503, 'ServiceUnavailableException', 'Service unavailable'),
  }),
  'token-error': tokenApiFault('the token API fails (500)', {
    insteadOfRunning: acts.respondWithAwsError(500, 'InternalServerException', 'Internal error'),
  }),
  'token-malformed-answer': tokenApiFault('the token comes as a page of HTML', {
    insteadOfRunning: acts.respondWithPage(200, 'Sign in'),
  }),
  'token-incomplete-answer': tokenApiFault('a token without the host it is for', {
    insteadOfRunning: acts.respondWithTokenOnly,
  }),
  'token-expires-in-flight': tokenApiFault('the next token has expired when it arrives', {
    tokenLifetimeSeconds: -1,
    maxHits: 1,
  }),
  'token-revoked': tokenApiFault('the tokens issued until now are refused', { revokesTokens: true }),
  'token-useless': tokenApiFault('every token has expired when it arrives', { tokenLifetimeSeconds: -1 }),
  'clock-skew': tokenApiFault("the function's clock is 20 minutes slow", { clockAheadMinutes: 20 }),

  // Before and behind
  'function-crash': {
    target: 'function',
    description: 'the function dies when the command was run',
    insteadOfResponding: acts.signalFunctionProcesses('SIGKILL'),
  },
  'function-frozen': {
    target: 'function',
    description: 'the function stops for good when the command was run, until Lambda ends it',
    insteadOfResponding: acts.signalFunctionProcesses('SIGSTOP'),
  },
  'function-concurrency-limit': {
    target: 'function',
    description: 'as many functions run as may: no other is started',
    noConcurrency: true,
  },
  'early-abort': { target: 'caller', description: 'the caller hangs up while Airflow works', callerDisconnects: true },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** A line a fault: its name and what it does. */
export function formatFaultList(): string {
  const names = Object.keys(FAULTS) as FaultName[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${FAULTS[name].description}`).join('\n');
}

export interface FaultOptions {
  /** How many requests (or new connections) it strikes before all goes as usual. Default: the fault's own, or all. */
  readonly maxHits?: number;
  /** How late a late answer comes. Default 10. */
  readonly delaySeconds?: number;
}

/** The fault that is on, if one is. One at a time. */
export interface ActiveFault {
  readonly name: FaultName | undefined;
  readonly delaySeconds: number;
  /** The fault, if it is at that place and has strikes left. */
  getFor(...places: FaultTarget[]): Fault | undefined;
  /** Counts a strike. */
  countHit(): void;
  set(name: FaultName | undefined, options?: FaultOptions): void;
}

export function createActiveFault(): ActiveFault {
  let on: Fault | undefined;
  let name: FaultName | undefined;
  let left = 0;
  let seconds = 10;
  return {
    get name() {
      return name;
    },
    get delaySeconds() {
      return seconds;
    },
    getFor: (...places) => (on !== undefined && left > 0 && places.includes(on.target) ? on : undefined),
    countHit() {
      left -= 1;
    },
    set(next, options = {}) {
      name = next;
      on = next === undefined ? undefined : FAULTS[next];
      left = options.maxHits ?? on?.maxHits ?? Number.POSITIVE_INFINITY;
      seconds = options.delaySeconds ?? 10;
    },
  };
}
