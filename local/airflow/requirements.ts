import { fileURLToPath } from 'node:url';

/** The pinned, hashed requirements of an Airflow release, of the tools that build packages (`build`) or of `uv`. */
export function requirementsFile(name: string): string {
  return fileURLToPath(new URL(`requirements/${name}.txt`, import.meta.url));
}
