import type { RenderedCall } from '../../airflow/rest/render-call.ts';
import type { Exchange } from '../connection/exchange.ts';
import type { RestRemedies } from './rest-remedies.ts';
import type { LoginSteps, WebSessionCache } from './web-session.ts';

/** One call to send to Airflow's REST API, and what to report if its outcome stays unknown. */
export interface CallToSend extends RenderedCall {
  /** The call changes nothing in Airflow, so it may be sent again after an unknown outcome. Also true of some POSTs, which list. */
  readonly readOnly: boolean;
  /** The form in which Airflow is to answer. Default: JSON. Logs also have text and lines of JSON. */
  readonly accept?: 'application/json' | 'text/plain' | 'application/x-ndjson' | undefined;
  /** A sentence that says how to find out whether the call ran, before it is sent again. */
  readonly unknownOutcomeRemedy?: string | undefined;
  /** Members of every problem that occurs after the call was sent, such as `runId`. */
  readonly problemMembers?: Readonly<Record<string, unknown>> | undefined;
  /** Filled in while sending. Complete even if sending throws. */
  readonly trace?: CallTrace | undefined;
}

/** What happened while sending, for the audit record. */
export interface CallTrace {
  /** Whether the call may have run: it was sent, and the web server did not respond that it was not processed. */
  sent?: boolean;
  /** HTTP status of the last response. */
  upstreamStatus?: number;
  /** Number of requests with the call, retries included. */
  posts?: number;
  /** Total duration of these requests. */
  postMs?: number;
  /** Age of the session that was used last. */
  sessionAgeMs?: number;
}

/** Airflow's answer. Nothing else of its headers is passed on. */
export interface CallAnswer {
  readonly status: number;
  /** Absent if there is no body. */
  readonly contentType?: string;
  /** Bytes if it is large. */
  readonly body: string | Uint8Array;
}

/** The REST API of one MWAA environment. */
export interface RestUpstream {
  readonly sessions: WebSessionCache;
  /** Logs in anew, step by step, beside the cache. For health checks. */
  readonly loginSteps: LoginSteps;
  readonly exchange: Exchange;
  /** Airflow's role of the sessions, as in `User`. */
  readonly airflowRole: string;
  /** Time limit of one call, up to the last byte of the answer. */
  readonly callTimeoutMs: number;
  /** What to change when something fails. */
  readonly remedies: RestRemedies;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
}
