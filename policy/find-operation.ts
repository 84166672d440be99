import type { Catalog, Command, OperationNotOffered } from '../airflow/catalog.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { matchPath } from '../airflow/rest/match-path.ts';
import { OPERATION_WORD } from '../airflow/rest/operation-word.ts';
import { suggestPath } from '../airflow/rest/suggest-path.ts';

/**
 * @param words a rule
 * @returns what to write instead of a rule such as `GET /dags`, or undefined for every other one
 */
export const findMissingOperationWord = ([method = '', path = '']: readonly string[]): string | undefined =>
  METHODS.has(method.toUpperCase()) && path.startsWith('/')
    ? `A rule for an operation begins with "${OPERATION_WORD}": ${OPERATION_WORD} ${method.toUpperCase()} ${path}`
    : undefined;

/**
 * Finds the operation of a rule such as `api GET /dags/reporting_*`.
 *
 * @returns `parameters`: the values of the parameters in the path
 * @throws Error that says what to write instead
 */
export function findOperation(
  { airflow, operations, operationsNotOffered = [] }: Catalog,
  words: readonly string[],
): { command: Command; parameters: readonly string[]; rest: readonly string[] } {
  if (operations === undefined) {
    throw new Error(`Rules that begin with "${OPERATION_WORD}" need "rest: true" on the environment.`);
  }
  const [, method = '', path = '', ...rest] = words;
  if (/^\/api\/v\d+(?:\/|$)/.test(path)) {
    throw new Error(
      `Remove ${path.slice(0, '/api/v1'.length)} from the path: rules are the same for every version of the API.`,
    );
  }
  if (!path.startsWith('/')) {
    throw new Error(
      `Write a rule for an operation as "${OPERATION_WORD} METHOD /PATH", such as "${OPERATION_WORD} GET /dags".`,
    );
  }
  const placeholder = /\{\w+\}/.exec(path)?.[0];
  if (placeholder !== undefined) {
    throw new Error(`Replace ${placeholder} in the path by a value, a pattern such as reporting_*, or "*".`);
  }
  const query = path.indexOf('?');
  if (query >= 0) {
    const options = [...new URLSearchParams(path.slice(query + 1))].map(([name, value]) => `--${name}=${value || '*'}`);
    const rule = [OPERATION_WORD, method, path.slice(0, query), ...options].join(' ');
    throw new Error(`Write query parameters as options: ${rule}`);
  }
  const segments = path.slice(1).split('/');
  const matches = operations.flatMap((command) => {
    const parameters = matchPath(command.path[2]!, segments);
    return parameters === undefined ? [] : [{ command, parameters, rest }];
  });
  const [best] = matches
    .filter(({ command }) => command.path[1] === method)
    .sort((a, b) => a.parameters.length - b.parameters.length);
  if (best !== undefined) return best;
  const reason = findReasonNotOffered(operationsNotOffered, method, segments);
  if (reason !== undefined) throw new Error(`The proxy does not offer ${method} ${path}. ${reason}`);
  if (matches.length > 0) {
    const methods = [...new Set(matches.map(({ command }) => command.path[1]!))];
    const hint = formatDidYouMean(method.toUpperCase(), methods);
    throw new Error(`Airflow ${airflow} has ${methods.join(', ')} for ${path}, not "${method}".${hint}`);
  }
  const likely = operations.filter(({ path: [, other] }) => other === method || !METHODS.has(method));
  const templates = likely.map((command) => command.path[2]!);
  throw new Error(`Airflow ${airflow} has no operation "${method} ${path}".${suggestPath(segments, templates)}`);
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Why an operation that Airflow has is not offered, or undefined. */
const findReasonNotOffered = (
  operations: readonly OperationNotOffered[],
  method: string,
  segments: readonly string[],
): string | undefined =>
  operations.find((other) => other.method === method && matchPath(other.path, segments) !== undefined)?.reason;
