import { describe, expect, test } from 'vitest';
import { isRefusalOnly } from '../../../airflow/find-refusal.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { decodeStreams } from '../../../airflow/streams.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { describeFailure } from '../../../mwaa/cli/describe-failure.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const ENTRY = '  File "/usr/bin/airflow", line 8, in <module>\n';
const MAIN = '  File "/x/airflow/__main__.py", line 62, in main\n';
const HEADING = 'Traceback (most recent call last):\n';
const OTHER = '  File "/x/airflow/cli/commands/dag_command.py", line 3, in dag_pause\n';
const LOG = '[2026-11-22T12:00:00.000+0000] {dagbag.py:588} INFO - Filling up the DagBag\n';
const ROW = '{"dag_id": "d", "fileloc": "/d.py", "owners": ["a"], "is_paused": "False"}';
const TABLE = 'dag_id | fileloc | owners | is_paused\n=======+=========+========+==========\n';

type Printed = { readonly out?: string; readonly err?: string };

/** Text that is hostile to a search: each row fills a stream with a part that begins something and does not end it. */
const FORMS: readonly (readonly [
  form: string,
  command: string,
  print: (repeat: (unit: string) => string) => Printed,
])[] = [
  ['rows of JSON', 'dags list -o json', (repeat) => ({ out: `[${repeat(`${ROW}, `)}${ROW}]\n` })],
  ['JSON of many lines', 'dags list -o json', (repeat) => ({ out: `[\n${repeat(`${ROW},\n`)}${ROW}\n]\n` })],
  ['one long string', 'dags list -o json', (repeat) => ({ out: `[{"dag_id": "${repeat('x')}"}]\n` })],
  ['JSON behind log lines', 'dags list -o json', (repeat) => ({ out: `${repeat(LOG)}[${ROW}]\n` })],
  ['log lines behind JSON', 'dags list -o json', (repeat) => ({ out: `[${ROW}]\n${repeat(LOG)}` })],
  ['log lines on both streams', 'dags list', (repeat) => ({ out: repeat(LOG), err: repeat(LOG) })],
  ['a table', 'dags list', (repeat) => ({ out: `${TABLE}${repeat('d      | /d.py   | a      | False    \n')}` })],
  ['rules of tables', 'dags list', (repeat) => ({ out: `${repeat('===x\n')} \n` })],
  ['nested lists', 'dags list -o json', (repeat) => ({ out: repeat('[\n') + repeat(']\n') })],
  ['lists that are not closed', 'dags list -o json', (repeat) => ({ out: repeat('[{"a":\n') })],
  ['lists that are not closed, on one line', 'dags list -o json', (repeat) => ({ out: `${repeat('[{"a":1},')}}]\n` })],
  ['lists that are not JSON', 'dags list -o json', (repeat) => ({ out: repeat('[x]\n') })],
  ['lists of other rows', 'dags list -o json', (repeat) => ({ out: repeat('[{"b": 1}]\n') })],
  ['brackets in each other', 'dags list -o json', (repeat) => ({ out: `${repeat('[{"a":')}0${repeat('}]')}\n` })],
  ['rows of different keys', 'dags list -o json', (repeat) => ({ out: `[${repeat('{"a":1},{"b":1},')}${ROW}]\n` })],
  ['zeros of a decimal', 'dags list -o json', (repeat) => ({ out: `[{"a": 0.${repeat('0')}1}]\n` })],
  ['spaces between numbers', 'dags list -o json', (repeat) => ({ out: `[{"a": [1,${repeat(' ')}x]}]\n` })],
  ['quotes', 'dags list -o json', (repeat) => ({ out: repeat('"\n') })],
  ['empty lines on stdout', 'dags list -o json', (repeat) => ({ out: `[${ROW}]\n${repeat('\n')}` })],
  ['empty lines on stderr', 'dags list -o json', (repeat) => ({ err: repeat('\n') })],
  ['empty lines of Windows', 'dags list -o json', (repeat) => ({ err: repeat('\r\n') })],
  ['empty lines behind a traceback', 'dags list', (repeat) => ({ err: `${HEADING}${ENTRY}a.B: no\n${repeat('\n')}` })],
  ['indented lines', 'dags list', (repeat) => ({ err: repeat('  x\n') })],
  ['tracebacks', 'dags list', (repeat) => ({ err: repeat(`${HEADING}${ENTRY}${OTHER}a.B: no\n`) })],
  ['headings of tracebacks', 'dags list', (repeat) => ({ err: repeat(HEADING) })],
  [
    'tracebacks of other commands, indented',
    'dags list',
    (repeat) => ({ err: repeat(`  ${HEADING}${ENTRY}${OTHER}`) }),
  ],
  ['tracebacks without frames, indented', 'dags list', (repeat) => ({ err: repeat(`  ${HEADING}${ENTRY}`) })],
  [
    'spaces in a traceback',
    'dags list',
    (repeat) => ({ err: `${HEADING}${ENTRY}${MAIN}${repeat('    ')}\n  x\na.B: no\n` }),
  ],
  ['frames of main', 'dags list', (repeat) => ({ err: `${HEADING}${ENTRY}${repeat(`  ${MAIN}`)}  x\na.B: no\n` })],
  [
    'folders in a frame',
    'dags list',
    (repeat) => ({ err: `${HEADING}${ENTRY}  File "/${repeat('cli/')}x\na.B: no\n` }),
  ],
  ['a group of exceptions', 'dags list', (repeat) => ({ err: `  + Exception Group ${HEADING}${repeat('  | x\n')}` })],
  ['ignored exceptions', 'dags list', (repeat) => ({ err: repeat(`Exception ignored in: x\n${HEADING}  y\nz\n`) })],
  ['warnings', 'dags list', (repeat) => ({ err: repeat('/x.py:3: UserWarning: x\n  x()\n') })],
  [
    'a message of jsonschema',
    'dags list',
    (repeat) => ({ err: `${HEADING}${ENTRY}a.B: no\nFailed validating ${repeat(' in ')}` }),
  ],
  ['almost a usage error', 'dags list', (repeat) => ({ err: `airflow ${repeat('command error: ')}` })],
  [
    'almost a usage error with a carriage return',
    'dags list',
    (repeat) => ({ err: `airflow ${repeat('command error: ')}\r, see help above.` }),
  ],
  ['almost a created run', 'dags trigger d', (repeat) => ({ out: `Created <DagRun a @ ${repeat(': ')}` })],
  ['almost created runs', 'dags trigger d', (repeat) => ({ out: `x${repeat('Created <DagRun ')}` })],
  ['almost a paused DAG', 'dags pause d', (repeat) => ({ out: `x${repeat('Dag: ')}` })],
  [
    'almost a variable of a backend',
    'variables set k v',
    (repeat) => ({ err: repeat('The variable  is defined in the ') }),
  ],
  ['almost a missing option', 'dags trigger d', (repeat) => ({ err: repeat('Failed to get user name from os: ') })],
  ['almost objects of a log', 'dags list', (repeat) => ({ err: repeat('{"ts" "level" "event"\n') })],
  ['escape sequences', 'dags list', (repeat) => ({ err: repeat('\u001b[34mx\u001b[0m\n') })],
  ['escape sequences that do not end', 'dags list', (repeat) => ({ err: repeat('\u001b[1;') })],
  ['characters that are not ASCII', 'dags list -o json', (repeat) => ({ out: `[${ROW}]\n`, err: repeat('日本 é\n') })],
];

function read(command: string, { out = '', err = '' }: Printed): void {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const streams = decodeStreams(Buffer.from(JSON.stringify({ stdout: encode(out), stderr: encode(err) })))!;
  const invocation = parseInvocation(AIRFLOW_2, splitCommandLine(command));
  determineVerdict(invocation, 200, streams, '2.10.3');
  isRefusalOnly(streams);
  describeFailure(streams, invocation.command.path);
}

/** Milliseconds of the fastest of several runs: other programs on the machine only make runs slower. */
const measure = (run: () => void): number =>
  Math.min(
    ...[1, 2, 3, 4].map(() => {
      const startedAt = performance.now();
      run();
      return performance.now() - startedAt;
    }),
  );

const SIZE = 16_000;
const GROWTH = 16;
const ATTEMPTS = 3;

describe('the time to read an answer grows linearly with its length', () => {
  test.each(FORMS)('%s', (_form, command, print) => {
    const create = (size: number) => print((unit) => unit.repeat(Math.ceil(size / unit.length)));
    const [small, large] = [create(SIZE), create(GROWTH * SIZE)];
    read(command, small);
    // Many short answers and one long one take about the same time. Quadratic, the long one would take sixteen times as long.
    const compare = () =>
      measure(() => read(command, large)) /
      measure(() => {
        for (let index = 0; index < GROWTH; index += 1) read(command, small);
      });
    let ratio = compare();
    for (let attempt = 1; ratio >= 4 && attempt < ATTEMPTS; attempt += 1) ratio = compare();
    expect(ratio).toBeLessThan(4);
  });
});
