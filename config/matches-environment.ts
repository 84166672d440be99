import { parseGlob } from '../policy/glob.ts';

/** Whether one `where` of a grant covers an environment. `where` is the name of an environment; `*` in it matches any text. */
export function matchesEnvironment(where: string, environment: string): boolean {
  return parseGlob(where).matches(environment);
}
