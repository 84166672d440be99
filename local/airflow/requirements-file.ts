import { fileURLToPath } from 'node:url';

/** The file of pinned, hashed requirements of an Airflow release or of a tool in `PINNED_TOOLS`. */
export function getRequirementsFile(name: string): string {
  return fileURLToPath(new URL(`requirements/${name}.txt`, import.meta.url));
}
