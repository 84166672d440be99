/**
 * `npm run operations -- RELEASE`: installs a release and writes `airflow/operations/RELEASE.json` from the OpenAPI document in it. How
 * to add a release: docs/releases.md.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import type { OperationCatalog } from '../../airflow/rest/operation.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';
import { readOpenApi } from './read-openapi.ts';

const OPERATIONS_FOLDER = fileURLToPath(new URL('../../airflow/operations/', import.meta.url));

/** Before 2.4.3, the REST API accepts no web session by default. Source: `api.auth_backends` in `config_templates` of each release. */
const FIRST_RELEASE = '2.4.3';

/** The releases whose REST API accepts the web session that MWAA issues, oldest first. */
export const listRestReleases = (): string[] =>
  Object.keys(INSTALLABLE_RELEASES).filter((release) => isReleaseAtLeast(release, FIRST_RELEASE));

/** Where a release keeps its OpenAPI document, below `site-packages/airflow/`. */
const getDocumentPath = (release: string): string =>
  isReleaseAtLeast(release, '3.0')
    ? 'api_fastapi/core_api/openapi/v2-rest-api-generated.yaml'
    : 'api_connexion/openapi/v1.yaml';

/** Reads the operations of an installed release. */
export async function makeOperations({ release, python }: InstalledAirflow): Promise<OperationCatalog> {
  const libraries = join(dirname(dirname(python)), 'lib');
  const [version = ''] = (await readdir(libraries)).filter((name) => name.startsWith('python'));
  const file = join(libraries, version, 'site-packages/airflow', getDocumentPath(release));
  return readOpenApi(release, parse(await readFile(file, 'utf8')));
}

/** Formats a catalog with one operation and one schema per line, so that a diff between two releases is readable. */
export function formatOperations({ airflow, basePath, operations, schemas }: OperationCatalog): string {
  const rows = operations.map((operation) => `    ${JSON.stringify(operation)}`);
  const named = Object.entries(schemas).map(
    ([name, schema]) => `    ${JSON.stringify(name)}: ${JSON.stringify(schema)}`,
  );
  return `{
  "airflow": ${JSON.stringify(airflow)},
  "basePath": ${JSON.stringify(basePath)},
  "operations": [
${rows.join(',\n')}
  ],
  "schemas": {
${named.join(',\n')}
  }
}
`;
}

const USAGE = `Usage: npm run operations -- RELEASE...

Writes airflow/operations/RELEASE.json from the OpenAPI document of that Airflow release.
RELEASE is one of: ${listRestReleases().join(', ')}.`;

if (import.meta.main) {
  const releases = process.argv.slice(2);
  if (releases[0] === '--help') {
    console.log(USAGE);
    process.exit(0);
  }
  if (releases.length === 0 || !releases.every((release) => listRestReleases().includes(release))) {
    console.error(USAGE);
    process.exit(2);
  }
  for (const release of releases) {
    const installed = await installAirflow(release, { onProgress: (line) => console.error(line) });
    if ('unavailable' in installed) {
      console.error(installed.unavailable);
      process.exit(1);
    }
    const catalog = await makeOperations(installed);
    await writeFile(join(OPERATIONS_FOLDER, `${release}.json`), formatOperations(catalog));
    console.log(`airflow/operations/${release}.json: ${catalog.operations.length} operations`);
  }
}
