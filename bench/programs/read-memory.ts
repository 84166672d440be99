/** Reads the body of an answer once, in this process alone: `node read-memory.cjs ours|decode FILE CATALOG_FILE`. Prints the peak memory in MB. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createCatalogs } from '../../airflow/catalogs.ts';
import { readPeakMemoryMb } from '../../local/gateway/functions/peak-memory.ts';
import { createAnswerReader, RELEASE } from '../read-answer.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [mode, file = '', catalogFile = ''] = positionals;
const read = createAnswerReader(
  createCatalogs(
    () => [RELEASE],
    () => readFileSync(catalogFile, 'utf8'),
  ).read(RELEASE),
);
const body = readFileSync(file);
const result =
  mode === 'ours'
    ? read(body)
    : JSON.parse(Buffer.from(JSON.parse(body.toString('latin1')).stdout, 'base64').toString());
if (!Array.isArray(result)) throw new Error('The output is not a list.');
process.stdout.write(String(readPeakMemoryMb()));
