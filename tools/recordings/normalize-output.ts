import { homedir, hostname, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { PROJECT_FOLDER } from '../../local/airflow/cache.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { RECORDED_VALUES } from '../../local/airflow/transcript.ts';

type OutputRewrite = readonly [from: string | RegExp, to: string | ((match: string) => string)];

/**
 * Returns a function that replaces values in recorded output: paths by those of an MWAA container, values by placeholders, times and
 * addresses by fixed ones. Excerpts of output that still contains paths of this machine are added to `leaks`.
 */
export async function createOutputNormalizer(
  installed: InstalledAirflow,
  home: AirflowHome,
  leaks: string[],
): Promise<(output: string) => string> {
  const probe = 'import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path("purelib"))';
  const { stdout } = await runProcess(installed.python, ['-c', probe]);
  const [prefix = '', packages = ''] = stdout.split('\n');
  const mwaaHome = '/usr/local/airflow';
  const paths: readonly OutputRewrite[] = [
    [home.dags, `${mwaaHome}/dags`],
    [home.folder, mwaaHome],
    [packages, `${mwaaHome}/.local/lib/python/site-packages`],
    [dirname(installed.airflow), `${mwaaHome}/.local/bin`],
    [installed.venv, `${mwaaHome}/.local`],
    [prefix, '/usr/local'],
  ];
  const rewrites: readonly OutputRewrite[] = [
    // The frames of the scripts that fork Airflow. Only Python's fault handler prints them.
    [new RegExp(`^.*${escapeRegExp(PROJECT_FOLDER)}(local|tools)/.*\\.py.*\\n`, 'gm'), ''],
    ...paths.map(([from, to]): OutputRewrite => [createWrappedPathPattern(String(from)), to]),
    [new RegExp(`${escapeRegExp(tmpdir())}/(airflowtmp|tmp)\\w+`, 'g'), `${mwaaHome}/airflowtmp`],
    [new RegExp(`\\b${escapeRegExp(hostname())}\\b`, 'g'), 'airflow-web-server'],
    [home.environment.AIRFLOW__CORE__FERNET_KEY ?? '', '<fernet-key>'],
    [RECORDED_VALUES['<conf>'], '<conf>'],
    [RECORDED_VALUES['<run-id>'], '<run-id>'],
    [RECORDED_VALUES['<logical-date>'], '<logical-date>'],
    [RECORDED_VALUES['<logical-date>'].replace('T', ' '), '<logical-date>'],
    // Tasks talk to Airflow inside their process. The paths have generated ids, and names that look like paths.
    [/(http:\/\/in-process\.invalid\.)\/[^\s"\\]+/g, '$1/…'],
    ...createStableRewrites(),
  ];
  const machinePaths = [PROJECT_FOLDER, installed.venv, home.folder, `${homedir()}/`, `${tmpdir()}/`];
  return (output) => {
    const complete = removePartialPath(output, [packages, home.dags, home.folder]);
    const normalized = rewrites.reduce((text, [from, to]) => text.replaceAll(from, to as string), complete);
    const leak = machinePaths.find((path) => normalized.includes(path));
    if (leak) leaks.push(extractContext(normalized, leak));
    return normalized;
  };
}

const extractContext = (text: string, path: string): string =>
  text.slice(text.indexOf(path) - 100, text.indexOf(path) + 200);

/** Removes a partial path from the end of the output of a killed process. */
function removePartialPath(text: string, paths: readonly string[]): string {
  const partialPath = /\/[\w./-]*$/.exec(text.slice(-1000))?.[0] ?? '';
  return partialPath !== '' && paths.some((path) => path.startsWith(partialPath))
    ? text.slice(0, -partialPath.length)
    : text;
}

/** Matches a path, including one that wraps at the end of a line in a box drawn by rich. */
function createWrappedPathPattern(path: string): RegExp {
  return new RegExp([...path].map(escapeRegExp).join('(?:\\s*│\\n│\\s*)?'), 'g');
}

const escapeRegExp = (text: string): string => text.replace(/[^\w\s]/g, '\\$&');

/** Replaces values that differ in each recording: current times, addresses, process ids, durations. */
function createStableRewrites(): OutputRewrite[] {
  const day = 24 * 60 * 60 * 1000;
  const days = [-day, 0, day].map((offset) => new Date(Date.now() + offset).toISOString().slice(0, 10));
  const like = (example: string) => (match: string) => example.slice(0, match.length);
  return [
    [new RegExp(`\\b(${days.join('|')})`, 'g'), '2026-11-22'],
    [/(?<=2026-11-22[T ])\d\d:\d\d:\d\d([.,]\d+)?/g, (match) => '12:00:00.123456'.slice(0, match.length)],
    [/(?<![\d:])\d\d:\d\d:\d\d\.\d{6}/g, '12:00:00.123456'],
    [/\b0:\d\d:\d\d\.\d{6}/g, '0:00:00.123456'],
    [/(?<=20261122T)\d{6}/g, '120000'],
    [/(?<=\[)\d\d:\d\d:\d\d(?=\])/g, '12:00:00'],
    [/\b0x[0-9a-f]{8,16}\b/g, like('0x7f0123456789ab')],
    [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '01234567-89ab-cdef-0123-456789abcdef'],
    [/(?<=\bpid[:= ]{1,2})\d+/gi, '123'],
    [/\b\d+\.\d{4,}(?= ?s(econds)?\b|$)/gm, '0.123456'],
  ];
}
