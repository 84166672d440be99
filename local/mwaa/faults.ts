import type { Dress } from './dress.ts';
import type { Act, AfterRun } from './fault-acts.ts';
import * as acts from './fault-acts.ts';
import type { Greeting } from './wire.ts';

/** Where a fault is. */
export type Place = 'web server' | 'token API' | 'environment API' | 'function' | 'caller';

/** How a name and its port are found: not at all, no one listens, or packets go nowhere. */
export type Reach = 'unresolved' | 'refused' | 'silent';

/** Something that goes wrong. What is not named goes as usual. */
export interface Fault {
  readonly at: Place;
  /** What happens, for people. */
  readonly what: string;
  readonly reach?: Reach;
  readonly greeting?: Greeting;
  readonly certificate?: 'untrusted' | 'wrong name';
  /** In place of reading the request: its body stays unread. */
  readonly unread?: Act;
  /** In place of running the command, once the request was read. */
  readonly before?: Act;
  /** Texts of commands that `before` lets through. */
  readonly spares?: RegExp;
  /** In place of sending the answer, once the command was run. */
  readonly after?: AfterRun;
  readonly dress?: Dress;
  /** Life of the tokens that are issued. */
  readonly tokenLifeSeconds?: number;
  /** Refuses the tokens issued until now. */
  readonly revokes?: true;
  /** How far the clock of MWAA is ahead of the function's. */
  readonly aheadMinutes?: number;
  /** The web server is of another Airflow release. */
  readonly otherRelease?: true;
  /** No function may be invoked. */
  readonly noConcurrency?: true;
  /** The caller hangs up while it waits. */
  readonly callerLeaves?: true;
  /** How often it strikes, where that is part of its name. Default: for as long as it is on. */
  readonly times?: number;
}

const web = (what: string, more: Omit<Fault, 'at' | 'what'>): Fault => ({ at: 'web server', what, ...more });
const token = (what: string, more: Omit<Fault, 'at' | 'what'>): Fault => ({ at: 'token API', what, ...more });

/**
 * What can go wrong, by name. That MWAA's web server answers 503, 504, 403 and 500 is documented or reported; the faults
 * of networks are what networks do; the rest is there because nothing excludes it.
 */
export const FAULTS = {
  // The way to the web server
  'name-resolution': web("the web server's name does not resolve", { reach: 'unresolved' }),
  'connect-refused': web('nobody listens at the web server', { reach: 'refused' }),
  'connect-hang': web('packets to the web server are dropped, as a security group drops them', { reach: 'silent' }),
  'reset-before-tls': web('the connection is reset when it stands', { greeting: 'reset' }),
  'tls-hang': web('the TLS handshake gets no answer', { greeting: 'ignore' }),
  'tls-untrusted': web('the certificate is of an authority nobody trusts', { certificate: 'untrusted' }),
  'tls-wrong-name': web('the certificate is for another name', { certificate: 'wrong name' }),

  // The request arrives and Airflow does not run
  'reset-before-read': web('the connection is reset before the request is read', { unread: acts.reset }),
  'reset-before-run': web('the connection is reset when the request was read; nothing runs', { before: acts.reset }),
  'hang-before-run': web('the request is read and never answered; nothing runs', { before: acts.hang }),
  'redirect-elsewhere': web('a redirect to another host', { before: acts.redirectElsewhere }),
  'redirect-http': web('a redirect to the same host without TLS', { before: acts.redirectToHttp }),
  'redirect-loop': web('a redirect to the very same address', { before: acts.redirectToItself }),
  '401-always': web('401 for every request', { before: acts.page(401, 'Unauthorized') }),
  '403-once': web('403 for the next request', { before: acts.page(403, 'Forbidden'), times: 1 }),
  '403-always': web('403 for every request', { before: acts.page(403, 'Forbidden') }),
  '403-command': web('403 for every command but version', {
    before: acts.page(403, 'Forbidden'),
    spares: /^version\b/,
  }),
  '404-always': web('404: the web server has no such path', { before: acts.page(404, 'Not Found') }),
  '429-always': web('429 for every request', { before: acts.page(429, 'Too Many Requests') }),
  '500-before-run': web('500 before the command is run', { before: acts.page(500, 'Internal Server Error') }),
  '502-before-run': web('502 of a load balancer; nothing runs', { before: acts.page(502, 'Bad Gateway') }),
  '503-then-200': web('503 for the next request', { before: acts.page(503, 'Service Unavailable'), times: 1 }),
  '503-always': web('503 for every request', { before: acts.page(503, 'Service Unavailable') }),
  'html-200': web('200 with a page of HTML; nothing runs', { before: acts.page(200, 'Sign in') }),

  // Airflow runs and its answer is lost or spoilt
  'reset-after-run': web('the command is run, then the connection is reset', { after: acts.reset }),
  'hang-before-headers': web('the command is run and never answered', { after: acts.hang }),
  'hang-in-body': web('the command is run, half of the answer comes', { after: acts.hangInBody }),
  'reset-in-body': web('the command is run, half of the answer comes, then a reset', { after: acts.resetInBody }),
  'slow-answer': web('the command is run, its answer comes late', { after: acts.late }),
  '500-after-run': web('500 after the command was run', { after: acts.page(500, 'Internal Server Error') }),
  '502-after-run': web('502 after the command was run', { after: acts.page(502, 'Bad Gateway') }),
  '504-after-run': web('504 of a load balancer while the command runs', { after: acts.page(504, 'Gateway Time-out') }),
  'html-after-run': web('200 with a page of HTML after the command was run', { after: acts.page(200, 'Sign in') }),
  'empty-body': web('200 with an empty body after the command was run', { after: acts.body('') }),
  'truncated-json': web('the JSON of the answer ends half-way', { after: acts.truncated }),
  'bad-base64': web('the streams are not base64', {
    after: acts.streams({ stdout: '%%% no base64 %%%', stderr: '%' }),
  }),
  'huge-answer': web('an answer of 50 MB', { after: acts.huge }),
  'wrong-types': web('the streams are a number and a list', { after: acts.streams({ stdout: 7, stderr: ['x'] }) }),
  'missing-streams': web('an answer of JSON without streams', { after: acts.body('{}') }),
  'null-streams': web('both streams are null', { after: acts.streams({ stdout: null, stderr: null }) }),
  'lost-stdout': web('standard output is missing, standard error is there', { after: acts.streams({ stdout: null }) }),
  returncode: web('the answer has a return code', { dress: { returncode: true } }),
  'status-400': web('failed commands are answered with 400 and their streams', { dress: { failureStatus: 400 } }),
  'wrong-release': web('the environment runs another Airflow release than configured', { otherRelease: true }),

  // Tokens
  'token-name-resolution': token("the token API's name does not resolve", { reach: 'unresolved' }),
  'token-connect-refused': token('nobody listens at the token API', { reach: 'refused' }),
  'token-connect-hang': token('packets to the token API are dropped', { reach: 'silent' }),
  'token-tls-untrusted': token("the token API's certificate is not trusted", { certificate: 'untrusted' }),
  'token-reset': token('the token API resets every connection', { unread: acts.reset }),
  'token-hang': token('the token API never answers', { before: acts.hang }),
  'token-throttled': token('every request for a token is throttled', {
    before: acts.awsError(400, 'ThrottlingException', 'Rate exceeded'),
  }),
  'token-throttled-once': token('the next request for a token is throttled', {
    before: acts.awsError(400, 'ThrottlingException', 'Rate exceeded'),
    times: 1,
  }),
  'token-missing-permission': token("the function's role may not create tokens", {
    before: acts.awsError(403, 'AccessDeniedException', 'User is not authorized to perform: airflow:CreateCliToken'),
  }),
  'token-no-environment': token('there is no such environment', {
    before: acts.awsError(404, 'ResourceNotFoundException', 'No such environment'),
  }),
  'token-invalid': token('the token API calls the request invalid', {
    before: acts.awsError(400, 'ValidationException', 'Value at name failed to satisfy constraint'),
  }),
  'token-unavailable': token('the token API is down (503)', {
    before: acts.awsError(503, 'ServiceUnavailableException', 'Service unavailable'),
  }),
  'token-error': token('the token API fails (500)', {
    before: acts.awsError(500, 'InternalServerException', 'Internal error'),
  }),
  'token-malformed-answer': token('the token comes as a page of HTML', { before: acts.page(200, 'Sign in') }),
  'token-incomplete-answer': token('a token without the host it is for', { before: acts.tokenWithoutHost }),
  'token-expires-in-flight': token('the next token has expired when it arrives', { tokenLifeSeconds: -1, times: 1 }),
  'token-revoked': token('the tokens issued until now are refused', { revokes: true }),
  'token-useless': token('every token has expired when it arrives', { tokenLifeSeconds: -1 }),
  'clock-skew': token("the function's clock is 20 minutes slow", { aheadMinutes: 20 }),

  // Before and behind
  'function-crash': {
    at: 'function',
    what: 'the function dies when the command was run',
    after: acts.signalFunctions('SIGKILL'),
  },
  'function-frozen': {
    at: 'function',
    what: 'the function stops for good when the command was run, until Lambda ends it',
    after: acts.signalFunctions('SIGSTOP'),
  },
  'function-concurrency-limit': {
    at: 'function',
    what: 'as many functions run as may: no other is started',
    noConcurrency: true,
  },
  'early-abort': { at: 'caller', what: 'the caller hangs up while Airflow works', callerLeaves: true },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** A line a fault: its name and what it does. */
export function faultList(): string {
  const names = Object.keys(FAULTS) as FaultName[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${FAULTS[name].what}`).join('\n');
}

export interface FaultOptions {
  /** How many requests (or new connections) it strikes before all goes as usual. Default: the fault's own, or all. */
  readonly times?: number;
  /** How late a late answer comes. Default 10. */
  readonly seconds?: number;
}

/** The fault that is on, if one is. One at a time. */
export interface ActiveFault {
  readonly name: FaultName | undefined;
  readonly seconds: number;
  /** The fault, if it is at that place and has strikes left. */
  at(...places: Place[]): Fault | undefined;
  /** Counts a strike. */
  struck(): void;
  set(name: FaultName | undefined, options?: FaultOptions): void;
}

export function noFault(): ActiveFault {
  let on: Fault | undefined;
  let name: FaultName | undefined;
  let left = 0;
  let seconds = 10;
  return {
    get name() {
      return name;
    },
    get seconds() {
      return seconds;
    },
    at: (...places) => (on !== undefined && left > 0 && places.includes(on.at) ? on : undefined),
    struck() {
      left -= 1;
    },
    set(next, options = {}) {
      name = next;
      on = next === undefined ? undefined : FAULTS[next];
      left = options.times ?? on?.times ?? Number.POSITIVE_INFINITY;
      seconds = options.seconds ?? 10;
    },
  };
}
