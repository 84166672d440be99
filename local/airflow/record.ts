/**
 * Records what the replay answers with: runs a script of commands on a real Airflow, on a fresh database, and writes
 * `transcripts/<release>.json`. Paths are rewritten to those of an MWAA container, and nothing of this machine may be left.
 *
 *     node local/airflow/record.ts            every release that has been recorded
 *     node local/airflow/record.ts 2.10.3     one
 *
 * Run it when a command of the script or an example DAG changes, and commit what it writes.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { words as split } from '../../airflow/words.ts';
import { projectFolder } from './cache.ts';
import { execute } from './execute.ts';
import { type Home, makeHome } from './home.ts';
import { type Installed, installAirflow } from './install.ts';
import { runner } from './real.ts';
import { RELEASES } from './releases.ts';
import { PLACEHOLDERS, RECORDED_VALUES, type Recorded, type Transcript, transcriptFile } from './transcript.ts';

/** The commands, as the proxy sends them. They build on each other's effects. */
function script(release: string): string[] {
  const two = release.startsWith('2.');
  const listRuns = (dag: string) => `dags list-runs --output=json ${two ? '--dag-id=' : ''}${dag}`;
  const trigger = (dag: string, option = '') =>
    `dags trigger ${option} --run-id=<run-id> --output=json --no-replace-microseconds ${dag}`;
  return [
    'version',
    'cheat-sheet',
    'dags list --output=json',
    'dags list',
    'dags list-import-errors --output=json',
    'dags report --output=json',
    'dags next-execution daily_report',
    trigger('daily_report', '--conf=<conf>'),
    listRuns('daily_report'),
    trigger('reporting_daily', '--conf=<conf>'),
    listRuns('reporting_daily'),
    trigger('no_such_dag', '--conf=<conf>'),
    trigger('no_such_dag'),
    trigger('no_such_dag').replace(' --output=json', ''),
    trigger('fails_on_purpose', `--${two ? 'exec' : 'logical'}-date=<logical-date>`),
    'dags state fails_on_purpose <logical-date>',
    'dags delete --yes daily_report',
    'dags reserialize',
    trigger('daily_report'),
    'dags delete --yes reporting_daily',
    'dags reserialize',
    trigger('reporting_daily'),
    trigger('paused_by_hand'),
    'dags pause --output=json daily_report',
    'dags unpause --output=json daily_report',
    'dags pause --output=json no_such_dag',
    'tasks list daily_report',
    'tasks list no_such_dag',
    // Airflow 3 prints every local variable of every frame: megabytes, and the whole environment.
    ...(two ? ['tasks test fails_on_purpose fail <logical-date>'] : []),
    'variables set note hello',
    'variables list --output=json',
    'variables get note',
    'variables get missing',
    'variables delete note',
    'roles list --output=json',
    'providers list --output=json',
    'dags nonsense',
    'dags trigger',
  ];
}

async function record(release: string): Promise<void> {
  const installed = await installAirflow(release, { onProgress: console.error });
  if ('unavailable' in installed) throw new Error(installed.unavailable);
  const folder = await mkdtemp(join(tmpdir(), 'record-'));
  const home = await makeHome(installed, join(folder, 'home'), { onProgress: console.error });
  const airflow = runner(installed, home);
  const tidy = await tidier(installed, home);
  const recorded: Recorded[] = [];
  try {
    for (const command of script(release)) {
      const words = split(command);
      const { exitCode, stdout, stderr } = await airflow.run(words.map(quoted).join(' '));
      const again = recorded.some((other) => other.words.join(' ') === words.join(' '));
      if (!again) recorded.push({ words, exitCode, stdout: tidy(stdout), stderr: tidy(stderr) });
      console.error(`${release}: ${command}: ${exitCode}`);
    }
  } finally {
    await airflow.close();
    await rm(folder, { recursive: true, force: true });
  }
  const transcript: Transcript = { release, recorded };
  await writeFile(transcriptFile(release), `${JSON.stringify(transcript, undefined, 2)}\n`);
}

/** The word with the recorded values in it, quoted. */
function quoted(word: string): string {
  const filled = PLACEHOLDERS.reduce((text, one) => text.replace(one, RECORDED_VALUES[one]), word);
  return `'${filled}'`;
}

/** Puts placeholders and the paths of an MWAA container into what was printed. Throws where this machine shows. */
async function tidier(installed: Installed, home: Home): Promise<(printed: Buffer) => string> {
  const probe = 'import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path("purelib"))';
  const { stdout } = await execute(installed.python, ['-c', probe]);
  const [prefix = '', packages = ''] = stdout.split('\n');
  const mwaa = '/usr/local/airflow';
  const rewritten: readonly (readonly [string | RegExp, string])[] = [
    [home.dags, `${mwaa}/dags`],
    [home.folder, mwaa],
    [packages, `${mwaa}/.local/lib/python/site-packages`],
    [dirname(installed.airflow), `${mwaa}/.local/bin`],
    [prefix, '/usr/local'],
    [new RegExp(`\\b${hostname().replaceAll('.', '\\.')}\\b`, 'g'), 'airflow-web-server'],
    [RECORDED_VALUES['<conf>'], '<conf>'],
    [RECORDED_VALUES['<run-id>'], '<run-id>'],
    [RECORDED_VALUES['<logical-date>'], '<logical-date>'],
    [RECORDED_VALUES['<logical-date>'].replace('T', ' '), '<logical-date>'],
  ];
  const machine = [projectFolder, installed.venv, home.folder, homedir(), tmpdir()];
  return (printed) => {
    const text = rewritten.reduce((so, [from, to]) => so.replaceAll(from, to), printed.toString());
    const left = machine.find((path) => text.includes(path));
    if (left) throw new Error(`A path of this machine is left in what was recorded: ${left}`);
    return text;
  };
}

const asked = process.argv.slice(2);
const recorded = Object.keys(RELEASES).filter((release) => existsSync(transcriptFile(release)));
for (const release of asked.length > 0 ? asked : recorded) await record(release);
