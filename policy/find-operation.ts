import type { Catalog, Command } from '../airflow/catalog.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { OPERATION_WORD } from '../airflow/rest/operation-command.ts';

/**
 * Finds the operation of a rule such as `api GET /dags/reporting_*`.
 *
 * @returns `parameters`: the values of the parameters in the path
 * @throws Error that says what to write instead
 */
export function findOperation(
  { airflow, operations }: Catalog,
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
  const segments = path.slice(1).split('/');
  const matches = operations.flatMap((command) => {
    const parameters = matchSegments(command.path[2]!, segments);
    return parameters === undefined ? [] : [{ command, parameters, rest }];
  });
  const [best] = matches
    .filter(({ command }) => command.path[1] === method)
    .sort((a, b) => a.parameters.length - b.parameters.length);
  if (best !== undefined) return best;
  if (matches.length > 0) {
    const methods = [...new Set(matches.map(({ command }) => command.path[1]))].join(', ');
    throw new Error(`Airflow ${airflow} has ${methods} for ${path}, not "${method}".`);
  }
  const templates = new Set(operations.map((command) => command.path[2]!));
  throw new Error(`Airflow ${airflow} has no operation "${method} ${path}".${formatDidYouMean(path, templates)}`);
}

/** The segments in the places of parameters, or undefined for another path. */
function matchSegments(template: string, segments: readonly string[]): string[] | undefined {
  const names = template.slice(1).split('/');
  if (names.length !== segments.length) return undefined;
  const values: string[] = [];
  for (const [index, name] of names.entries()) {
    if (name.startsWith('{')) values.push(segments[index]!);
    else if (name !== segments[index]) return undefined;
  }
  return values;
}
