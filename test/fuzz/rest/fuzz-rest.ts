/**
 * `npm run fuzz:rest -- [--release R …] [--count N] [--seed S] [--run]`: sends generated and hostile requests for the REST API, as the
 * proxy renders them, to real web servers of the installed Airflow releases. The web servers say how they have read them instead of
 * running them. With `--run`, they run those that narrow grants allow, and what they show and change is compared with the grants. N is
 * the number of requests for each release. Exits with 1 on any difference.
 */
import { parseArgs } from 'node:util';
import { Refusal } from '../../../airflow/refusal.ts';
import { type OperationCall, parseCall } from '../../../airflow/rest/parse-call.ts';
import { renderCall } from '../../../airflow/rest/render-call.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createRandom } from '../random.ts';
import { type AirflowUnderTest, startAirflowUnderTest } from './airflow-under-test.ts';
import { findDifference, type Reading } from './compare-reading.ts';
import { fuzzEffects } from './fuzz-effects.ts';
import { generateRequest } from './generate-request.ts';

const { values } = parseArgs({
  options: {
    release: { type: 'string', multiple: true, default: ['2.10.3', '3.0.6', '3.3.1'] },
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    run: { type: 'boolean', default: false },
  },
});
/** The status of a request that the recorder answers. */
const RECORDED = 299;
const MAX_SHOWN = 20;

async function fuzzReading(release: string, options: { count: number; seed: number }): Promise<number> {
  const airflow = await startAirflowUnderTest(release, { records: true });
  try {
    return await compareReadings(release, options, airflow.send);
  } finally {
    await airflow.close();
  }
}

async function compareReadings(
  release: string,
  { count, seed }: { count: number; seed: number },
  send: AirflowUnderTest['send'],
): Promise<number> {
  const catalog = CATALOGS.readOperations(release)!;
  const random = createRandom(seed);
  const started = performance.now();
  const counts: Record<string, number> = {};
  const operations = new Set<string>();
  const shown = new Set<string>();
  let bugs = 0;
  for (let done = 0; done < count; done++) {
    const request = generateRequest(catalog, random);
    let call: OperationCall;
    try {
      call = parseCall(catalog, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      counts.refused = (counts.refused ?? 0) + 1;
      continue;
    }
    const rendered = renderCall(catalog, call);
    const { status, text } = await send(rendered);
    const name = `${call.operation.method} ${call.operation.path}`;
    const difference =
      status === RECORDED
        ? readDifference(text, (reading) => findDifference(catalog, call, reading))
        : describeStatus(status, text, call.path);
    if (status === RECORDED) operations.add(name);
    const outcome = difference !== undefined ? 'BUG' : status === RECORDED ? 'same' : `Airflow answers ${status}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (difference === undefined) continue;
    bugs += 1;
    const kind = `${name}: ${difference.replace(/ as .*/s, '')}`;
    if (shown.size < MAX_SHOWN && !shown.has(kind)) {
      shown.add(kind);
      const { method, target, body = '' } = rendered;
      console.log(
        `BUG ${name}: Airflow reads ${difference.slice(0, 400)}\n    ${method} ${target} ${body.slice(0, 600)}`,
      );
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `Airflow ${release}: ${count} requests in ${seconds} s, ${operations.size} of ${catalog.operations.length} operations: ${JSON.stringify(counts)}`,
  );
  return bugs;
}

function readDifference(text: string, compare: (reading: Reading) => string | undefined): string | undefined {
  try {
    return compare(JSON.parse(text) as Reading);
  } catch (error) {
    return `what is not JSON: ${text.slice(0, 200)} (${error})`;
  }
}

/**
 * Airflow may reject values, miss an object, or fail. That it has no such path is a difference. On Airflow 2, no path has a negative
 * number.
 */
function describeStatus(status: number, text: string, path: OperationCall['path']): string | undefined {
  const isMissing = /with id|File not found/.test(text) || Object.values(path).some((value) => /^-\d+$/.test(value));
  if ([400, 403, 409, 413, 422, 500].includes(status) || (status === 404 && isMissing)) return undefined;
  return `a request that it answers with ${status}: ${text.slice(0, 200)}`;
}

let found = 0;
for (const release of values.release) {
  const options = { count: Number(values.count), seed: Number(values.seed) };
  found += values.run ? await fuzzEffects(release, options) : await fuzzReading(release, options);
}
console.log(found === 0 ? 'no BUG' : `${found} BUG`);
process.exitCode = found === 0 ? 0 : 1;
