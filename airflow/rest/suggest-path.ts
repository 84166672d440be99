import { formatDidYouMean } from '../did-you-mean.ts';
import { splitTemplate } from './match-path.ts';

/**
 * A sentence to append to a message about an unknown path, ` Did you mean "/dags/reporting_daily/dagRuns"?`, or `''`. The suggestion
 * keeps the values of the path.
 *
 * @param templates such as `/dags/{dag_id}`
 */
export function suggestPath(segments: readonly string[], templates: Iterable<string>): string {
  const all = [...templates].map(splitTemplate);
  const names = new Set(all.flat().filter((name) => !isParameter(name)));
  const filled = all.flatMap((template) => {
    const path = template.map((name, index) => (isParameter(name) ? (segments[index] ?? name) : name));
    // `importErrors` in `/plugins/importErrors` is a name of the API, so it is not the id of a DAG.
    return template.some((name, index) => isParameter(name) && names.has(path[index]!)) ? [] : [`/${path.join('/')}`];
  });
  return formatDidYouMean(`/${segments.join('/')}`, new Set(filled));
}

const isParameter = (name: string): boolean => name.startsWith('{');
