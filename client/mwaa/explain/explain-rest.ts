import type { Catalog } from '../../../airflow/catalog.ts';
import type { AirflowRole } from '../../../airflow/rest/airflow-role.ts';
import { findMissingRole } from '../../../airflow/rest/missing-role.ts';
import type { RoleNeeded } from '../../../airflow/rest/operation-facts.ts';
import { parseCall } from '../../../airflow/rest/parse-call.ts';
import { readRequestLine } from '../../../airflow/rest/read-request-line.ts';
import type { Config } from '../../../config/config-types.ts';
import {
  type CallExplanation,
  createNoRestRefusal,
  explainCall,
  type RestTarget,
} from '../../../policy/explain-call.ts';
import { explainRefusals, type PolicyContext } from '../../../policy/explain-decision.ts';

/** A request for the REST API as a person writes it. */
export interface WrittenRequest {
  /** `POST /api/v2/dags/daily_report/dagRuns`. */
  readonly rest: string;
  /** JSON. */
  readonly body?: string;
}

/** One release, without a policy. */
export interface ReleaseTarget {
  readonly catalog: Catalog;
  /** Absent: the proxy does not offer the REST API of the release. */
  readonly rest?: RestTarget;
}

/** What a command or request is explained for: one caller in one environment, or one release. */
export interface ExplainTarget {
  readonly catalog: Catalog;
  readonly context?: PolicyContext;
  /** Absent: the environment or release does not offer the REST API. */
  readonly rest?: RestTarget & {
    /** The role of the environment's requests in Airflow. */
    readonly airflowRole?: AirflowRole;
  };
  readonly config?: Config;
}

export type RestExplanation = CallExplanation & {
  /** The role of the environment's requests in Airflow. */
  readonly airflowRole?: AirflowRole;
  /** The role that Airflow asks for, if it is greater: Airflow will reject the request. `none`: no default role may send it. */
  readonly roleNeeded?: RoleNeeded;
};

/** Explains whether a request for the REST API would be allowed. */
export function explainRest(
  { catalog, context, rest }: ExplainTarget,
  { rest: line, body }: WrittenRequest,
): RestExplanation {
  if (rest === undefined) {
    if (context !== undefined) return createNoRestRefusal(context.environment);
    const detail = `The proxy does not offer the REST API of Airflow ${catalog.airflow}.`;
    return { allowed: false, refusal: { code: 'not-found', detail } };
  }
  return explainRefusals((): RestExplanation => {
    const request = { ...readRequestLine(line), ...(body === undefined ? {} : { body }) };
    const explanation = explainCall(rest, request, context);
    const { airflowRole } = rest;
    if (!explanation.allowed || airflowRole === undefined) return explanation;
    const { operation } = parseCall(rest.rest, request);
    const roleNeeded = findMissingRole(operation, catalog.airflow, airflowRole);
    return { ...explanation, airflowRole, ...(roleNeeded !== undefined && { roleNeeded }) };
  });
}

/** The lines that describe an allowed request. */
export function formatSentCall({
  request: { method, target, body },
  airflowRole,
  roleNeeded,
}: Extract<RestExplanation, { readonly allowed: true }>): string[] {
  return [
    `${method} ${target}`,
    ...(body === undefined ? [] : [`         ${JSON.stringify(body)}`]),
    ...(airflowRole === undefined ? [] : [`as       ${airflowRole}, the Airflow role of the environment's requests`]),
    ...(roleNeeded === undefined ? [] : [`warning  ${describeMissingRole(airflowRole!, roleNeeded)}`]),
  ];
}

const describeMissingRole = (own: AirflowRole, needed: RoleNeeded): string =>
  needed === 'none'
    ? `No default role of Airflow may send this request, so Airflow will reject it.`
    : `Airflow asks for the role ${needed}, so it will reject the request of ${own}. Set restRole to ${needed}, or remove restRole.`;
