/** `npm run python-contract`: writes the modules of the Python package that are made from the tables of the TypeScript client. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatContract } from './contract-text.ts';
import { formatProblemClasses } from './problem-classes.ts';

/** The generated modules, by their path from the root of the repository. */
export const GENERATED_MODULES: Readonly<Record<string, () => string>> = {
  'python/src/mwaa_cli_proxy/_contract.py': formatContract,
  'python/src/mwaa_cli_proxy/_problems.py': formatProblemClasses,
};

if (import.meta.main) {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  for (const [path, format] of Object.entries(GENERATED_MODULES)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, format());
    console.log(path);
  }
}
