import { homedir, hostname, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { projectFolder } from '../cache.ts';
import { execute } from '../execute.ts';
import type { Home } from '../home.ts';
import type { Installed } from '../install.ts';
import { RECORDED_VALUES } from '../transcript.ts';

type Rewrite = readonly [from: string | RegExp, to: string | ((found: string) => string)];

/**
 * Puts the paths of an MWAA container, placeholders, and times and addresses that are the same in every recording into
 * what was printed. Places where this machine still shows are added to `leaks`.
 */
export async function tidier(installed: Installed, home: Home, leaks: string[]): Promise<(printed: string) => string> {
  const probe = 'import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path("purelib"))';
  const { stdout } = await execute(installed.python, ['-c', probe]);
  const [prefix = '', packages = ''] = stdout.split('\n');
  const mwaa = '/usr/local/airflow';
  const paths: readonly Rewrite[] = [
    [home.dags, `${mwaa}/dags`],
    [home.folder, mwaa],
    [packages, `${mwaa}/.local/lib/python/site-packages`],
    [dirname(installed.airflow), `${mwaa}/.local/bin`],
    [installed.venv, `${mwaa}/.local`],
    [prefix, '/usr/local'],
  ];
  const rewrites: readonly Rewrite[] = [
    ...paths.map(([from, to]): Rewrite => [wrapped(String(from)), to]),
    [new RegExp(`${literal(tmpdir())}/(airflowtmp|tmp)\\w+`, 'g'), `${mwaa}/airflowtmp`],
    [new RegExp(`\\b${literal(hostname())}\\b`, 'g'), 'airflow-web-server'],
    [home.environment.AIRFLOW__CORE__FERNET_KEY ?? '', '<fernet-key>'],
    [RECORDED_VALUES['<conf>'], '<conf>'],
    [RECORDED_VALUES['<run-id>'], '<run-id>'],
    [RECORDED_VALUES['<logical-date>'], '<logical-date>'],
    [RECORDED_VALUES['<logical-date>'].replace('T', ' '), '<logical-date>'],
    ...steady(),
  ];
  const machine = [projectFolder, installed.venv, home.folder, `${homedir()}/`, `${tmpdir()}/`];
  return (printed) => {
    const whole = withoutCutPath(printed, [packages, home.dags, home.folder]);
    const text = rewrites.reduce((so, [from, to]) => so.replaceAll(from, to as string), whole);
    const left = machine.find((path) => text.includes(path));
    if (left) leaks.push(around(text, left));
    return text;
  };
}

const around = (text: string, path: string): string => text.slice(text.indexOf(path) - 100, text.indexOf(path) + 200);

/** A killed process may have written the beginning of a path as its last word. */
function withoutCutPath(text: string, paths: readonly string[]): string {
  const begun = /\/[\w./-]*$/.exec(text.slice(-1000))?.[0] ?? '';
  return begun !== '' && paths.some((path) => path.startsWith(begun)) ? text.slice(0, -begun.length) : text;
}

/** The path, also where a box that rich draws breaks it at the end of a line. */
function wrapped(path: string): RegExp {
  return new RegExp([...path].map(literal).join('(?:\\s*│\\n│\\s*)?'), 'g');
}

const literal = (text: string): string => text.replace(/[^\w\s]/g, '\\$&');

/** What is another at each recording: the time of day around now, addresses, process ids, durations. */
function steady(): Rewrite[] {
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
