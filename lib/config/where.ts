import { glob } from '../../policy/glob.ts';

/** Whether one `where` of a grant (an environment's name, in which `*` stands for any text) covers an environment. */
export function covers(where: string, environment: string): boolean {
  return glob(where).matches(environment);
}
