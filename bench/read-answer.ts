import type { Catalog } from '../airflow/catalog.ts';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import type { ResponseBody } from '../airflow/response-body.ts';
import { decodeStreams } from '../airflow/streams.ts';
import { determineVerdict } from '../airflow/verdict.ts';

export const RELEASE = '2.10.3';
const ARGV = ['dags', 'list-runs', '--dag-id', 'reporting_daily', '--output', 'json'];

/** Reads the body of an answer as a relay does: decodes the streams, finds the output, and determines the outcome. */
export function createAnswerReader(catalog: Catalog): (body: ResponseBody) => unknown {
  const invocation = parseInvocation(catalog, ARGV);
  return (body) => {
    const streams = decodeStreams(body);
    if (streams === undefined) throw new Error('The body is not an answer.');
    const { outcome, output } = determineVerdict(invocation, 200, streams, RELEASE);
    if (outcome !== 'succeeded') throw new Error(`The outcome is ${outcome}.`);
    return output;
  };
}
