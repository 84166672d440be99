/**
 * `node tools/dates/record-dates.ts [COUNT]`: records how the date parsers of all releases read generated texts, in
 * `test/fixtures/dates/readings.json`. Installs each pair of pendulum and python-dateutil that a release pins.
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { findAnyPython, findPython } from '../../local/airflow/find-python.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../../local/airflow/requirements-file.ts';
import { runProcess } from '../../local/airflow/run-process.ts';

/** UTC and the time zones at both ends. */
const ZONES = ['UTC', 'Etc/GMT-14', 'Etc/GMT+12'];
const FIXTURE = fileURLToPath(new URL('../../test/fixtures/dates/readings.json', import.meta.url));
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The versions of pendulum and python-dateutil that a release pins, in pip's format. */
async function findDateParser(release: string): Promise<string> {
  const requirements = await readFile(getRequirementsFile(release), 'utf8');
  return ['pendulum', 'python-dateutil']
    .map((name) => new RegExp(`^${name}==[^ ]+`, 'm').exec(requirements)?.[0] ?? name)
    .join(' ');
}

async function run(command: string, args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(command, args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}

/** Returns the Python of a virtual environment with only these packages. */
async function installDateParser(parser: string, pythonMinor: string): Promise<string> {
  const venv = join(getCacheFolder(), `dates-${pythonMinor}-${parser.replaceAll(/[^\w.]+/g, '-')}`);
  const python = join(venv, 'bin', 'python');
  const installed = join(venv, 'installed');
  if (
    await access(installed).then(
      () => true,
      () => false,
    )
  )
    return python;
  const basePython = await findPython(pythonMinor);
  if (basePython === undefined) throw new Error(`Python ${pythonMinor} is missing.`);
  await mkdir(getCacheFolder(), { recursive: true });
  await run(basePython, ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...parser.split(' ')]);
  await writeFile(installed, '');
  return python;
}

/** `[null, null, null]` becomes `[null]`: most texts are read alike in every time zone and by every parser. */
const joinEqual = (values: readonly unknown[]): readonly unknown[] =>
  new Set(values.map((value) => JSON.stringify(value))).size === 1 ? values.slice(0, 1) : values;

const count = process.argv[2] ?? '500';
const anyPython = await findAnyPython();
if (anyPython === undefined) throw new Error('Python 3 is missing.');
const texts = await run(anyPython, [script('generate_dates.py'), count]);
const parsers = new Map<string, string[]>();
for (const release of Object.keys(INSTALLABLE_RELEASES)) {
  const parser = await findDateParser(release);
  parsers.set(parser, [...(parsers.get(parser) ?? []), release]);
}
const readings: unknown[][][] = [];
for (const [parser, [release]] of parsers) {
  console.error(parser);
  const python = await installDateParser(parser, INSTALLABLE_RELEASES[release!]!.python);
  readings.push(JSON.parse(await run(python, [script('read_dates.py'), ...ZONES], texts)));
}
const rows = (JSON.parse(texts) as string[]).map((text, index) =>
  JSON.stringify([text, joinEqual(readings.map((reading) => joinEqual(reading[index]!)))]),
);
await writeFile(
  FIXTURE,
  `{"zones":${JSON.stringify(ZONES)},\n"parsers":${JSON.stringify(Object.fromEntries(parsers))},\n"readings":[\n${rows.join(',\n')}\n]}\n`,
);
