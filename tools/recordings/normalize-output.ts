import { homedir, hostname, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { PROJECT_FOLDER } from '../../local/airflow/cache.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { RECORDED_VALUES } from '../../local/airflow/transcript.ts';

type OutputRewrite = readonly [from: string | RegExp, to: string | ((found: string) => string)];

/**
 * Puts the paths of an MWAA container, placeholders, and times and addresses that are the same in every recording into
 * what was printed. Places where this machine still shows are added to `leaks`.
 */
export async function createOutputNormalizer(
  installed: InstalledAirflow,
  home: AirflowHome,
  leaks: string[],
): Promise<(printed: string) => string> {
  const probe = 'import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path("purelib"))';
  const { stdout } = await runProcess(installed.python, ['-c', probe]);
  const [prefix = '', packages = ''] = stdout.split('\n');
  const mwaa = '/usr/local/airflow';
  const paths: readonly OutputRewrite[] = [
    [home.dags, `${mwaa}/dags`],
    [home.folder, mwaa],
    [packages, `${mwaa}/.local/lib/python/site-packages`],
    [dirname(installed.airflow), `${mwaa}/.local/bin`],
    [installed.venv, `${mwaa}/.local`],
    [prefix, '/usr/local'],
  ];
  const rewrites: readonly OutputRewrite[] = [
    ...paths.map(([from, to]): OutputRewrite => [createWrappedPathPattern(String(from)), to]),
    [new RegExp(`${escapeRegExp(tmpdir())}/(airflowtmp|tmp)\\w+`, 'g'), `${mwaa}/airflowtmp`],
    [new RegExp(`\\b${escapeRegExp(hostname())}\\b`, 'g'), 'airflow-web-server'],
    [home.environment.AIRFLOW__CORE__FERNET_KEY ?? '', '<fernet-key>'],
    [RECORDED_VALUES['<conf>'], '<conf>'],
    [RECORDED_VALUES['<run-id>'], '<run-id>'],
    [RECORDED_VALUES['<logical-date>'], '<logical-date>'],
    [RECORDED_VALUES['<logical-date>'].replace('T', ' '), '<logical-date>'],
    ...createStableRewrites(),
  ];
  const machine = [PROJECT_FOLDER, installed.venv, home.folder, `${homedir()}/`, `${tmpdir()}/`];
  return (printed) => {
    const whole = removePartialPath(printed, [packages, home.dags, home.folder]);
    const text = rewrites.reduce((so, [from, to]) => so.replaceAll(from, to as string), whole);
    const left = machine.find((path) => text.includes(path));
    if (left) leaks.push(extractContext(text, left));
    return text;
  };
}

const extractContext = (text: string, path: string): string =>
  text.slice(text.indexOf(path) - 100, text.indexOf(path) + 200);

/** A killed process may have written the beginning of a path as its last word. */
function removePartialPath(text: string, paths: readonly string[]): string {
  const begun = /\/[\w./-]*$/.exec(text.slice(-1000))?.[0] ?? '';
  return begun !== '' && paths.some((path) => path.startsWith(begun)) ? text.slice(0, -begun.length) : text;
}

/** The path, also where a box that rich draws breaks it at the end of a line. */
function createWrappedPathPattern(path: string): RegExp {
  return new RegExp([...path].map(escapeRegExp).join('(?:\\s*│\\n│\\s*)?'), 'g');
}

const escapeRegExp = (text: string): string => text.replace(/[^\w\s]/g, '\\$&');

/** What is another at each recording: the time of day around now, addresses, process ids, durations. */
function createStableRewrites(): OutputRewrite[] {
  const day = 24 * 60 * 60 * 1000;
  const days = [-day, 0, day].map((offset) => new Date(Date.now() + offset).toISOString().slice(0, 10));
  const like = (example: string) => (found: string) => example.slice(0, found.length);
  return [
    [new RegExp(`\\b(${days.join('|')})`, 'g'), '2026-11-22'],
    [/(?<=2026-11-22[T ])\d\d:\d\d:\d\d([.,]\d+)?/g, (found) => '12:00:00.123456'.slice(0, found.length)],
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
