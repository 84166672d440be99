import { fileURLToPath } from 'node:url';

/** The pinned, hashed requirements of an Airflow release, of the tools that build packages (`build`) or of `uv`. */
export function getRequirementsFile(name: string): string {
  return fileURLToPath(new URL(`requirements/${name}.txt`, import.meta.url));
}
