import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { RunReference } from '../../airflow/run-lookup.ts';
import { Problem } from '../../contract/problem.ts';
import { RUN_PARAMETERS } from '../../contract/routes.ts';

/** @throws Problem `malformed-request` for a query string without exactly one DAG id and one run id, or with anything else */
export function readRunReference({ multiValueQueryStringParameters }: APIGatewayProxyEvent): RunReference {
  const query = multiValueQueryStringParameters ?? {};
  const unknown = Object.keys(query).find((name) => !Object.hasOwn(RUN_PARAMETERS, name));
  if (unknown !== undefined) throw createMalformedProblem(`The query has an unknown parameter "${unknown}".`);
  const [dagId, runId] = [RUN_PARAMETERS.dagId, RUN_PARAMETERS.runId].map((name) => {
    const [value, ...others] = query[name] ?? [];
    if (!value || others.length > 0) throw createMalformedProblem(`The query must have one value of "${name}".`);
    // API Gateway replaces bytes that are not UTF-8.
    if (value.includes('\ufffd')) throw createMalformedProblem(`The value of "${name}" is not UTF-8.`);
    return value;
  });
  return { dagId: dagId!, runId: runId! };
}

const createMalformedProblem = (fault: string): Problem =>
  new Problem('malformed-request', `${fault} Send ?dagId=DAG&runId=RUN, with both ids percent-encoded.`);
