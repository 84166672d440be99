import { parseGlob } from '../policy/glob.ts';

/** Whether one `where` of a grant (an environment's name, in which `*` stands for any text) covers an environment. */
export function matchesEnvironment(where: string, environment: string): boolean {
  return parseGlob(where).matches(environment);
}
