import { describe, expect, test } from 'vitest';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { decodeStreams } from '../../../airflow/streams.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const TRACEBACK = `Traceback (most recent call last):
  File "/usr/local/airflow/.local/bin/airflow", line 8, in <module>
    sys.exit(main())
  File "/usr/local/lib/python3.11/site-packages/airflow/api/common/trigger_dag.py", line 133, in trigger_dag
    raise DagNotFound(f"Dag id {dag_id} not found in DagModel")
airflow.exceptions.DagNotFound: Dag id nope not found in DagModel
`;
const createTraceback = (file: string, exception = 'airflow.exceptions.X: no') =>
  `Traceback (most recent call last):\n  File "${file}", line 8, in <module>\n    main()\n${exception}\n`;
const DAG_FILE_TRACEBACK = `[2026-11-22T12:00:00.000+0000] {dagbag.py:348} ERROR - Failed to import: /usr/local/airflow/dags/broken.py
Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/airflow/models/dagbag.py", line 344, in parse
    loader.exec_module(new_module)
ModuleNotFoundError: No module named 'nothing_like_it'
`;
/** What Python prints last about exceptions that do not change the exit status. */
const ATEXIT_NOISE = `Exception ignored in atexit callback: <function bye at 0x7f00>
Traceback (most recent call last):
  File "/usr/local/airflow/dags/noisy.py", line 3, in bye
    raise RuntimeError('bye')
RuntimeError: bye
Exception ignored in: <function Client.__del__ at 0x7f00>
Traceback (most recent call last):
  File "/usr/local/airflow/dags/noisy.py", line 9, in __del__
    self.close()
AttributeError: 'Client' object has no attribute 'close'
`;
const RESOURCE_WARNING = `sys:1: ResourceWarning: unclosed file <_io.TextIOWrapper name='x'>
/usr/local/airflow/dags/x.py:3: DeprecationWarning: old
  import old
`;
/** The end of an exception message of several lines. */
const POSTGRES_ERROR_DETAILS = `DETAIL:  Key (dag_id)=(d) already exists.

[SQL: INSERT INTO dag_run (dag_id) VALUES (?)]
[parameters: ('d',)]
(Background on this error at: https://sqlalche.me/e/14/gkpj)
`;
const USAGE = `Usage: airflow dags trigger [-h] dag_id

airflow dags trigger command error: the following arguments are required: dag_id, see help above.
`;
const createJsonRow = (keys: string) =>
  `${JSON.stringify([Object.fromEntries(keys.split(' ').map((key) => [key, 'd']))])}\n`;
const RUN_JSON = createJsonRow('conf dag_id dag_run_id run_type start_date end_date state').replace(
  '"dag_run_id":"d"',
  '"dag_run_id":"r"',
);
const DAGS_JSON = createJsonRow('dag_id fileloc owners is_paused');
const TABLE =
  'dag_id | fileloc | owners | is_paused\n=======+=========+========+==========\nd      | d.py    | o      | False    \n                                     \n';
const NOISE = 'CloudWatch logging is disabled for TaskLogHandler\n\u001b[0m';
const LOG = '[2026-11-22T12:00:00.000+0000] {__init__.py:43} INFO - Loaded API auth backend\n';

function judgeCommand(command: string, streams: { out?: string; err?: string; returncode?: number }, status = 200) {
  const invocation = completeInvocation(parseInvocation(AIRFLOW_2, splitCommandLine(command)), 'json', 'r');
  const { out = '', err = '', returncode } = streams;
  return determineVerdict(
    invocation,
    status,
    {
      stdout: out,
      stderr: err,
      ...(returncode === undefined ? {} : { returncode }),
    },
    AIRFLOW_2.airflow,
  );
}

describe('the outcome', () => {
  test.each<
    [content: string, command: string, streams: Parameters<typeof judgeCommand>[1], outcome: string, status?: number]
  >([
    ['JSON after noise and a log line', 'dags trigger d', { out: NOISE + LOG + RUN_JSON }, 'succeeded'],
    [
      'JSON, and a DAG file that failed to import',
      'dags list',
      { out: DAGS_JSON, err: DAG_FILE_TRACEBACK },
      'succeeded',
    ],
    ['an empty list', 'variables list', { out: '[]\n' }, 'succeeded'],
    ['an empty list, where DAG files may print', 'dags list', { out: '[]\n' }, 'unverified'],
    ['a traceback from the entry point', 'dags trigger nope', { out: LOG, err: TRACEBACK }, 'failed'],
    [
      'JSON of the same shape from a DAG file, and a traceback',
      'dags trigger d',
      { out: RUN_JSON, err: TRACEBACK },
      'unclear',
    ],
    ['an empty list from a DAG file, and a traceback', 'dags trigger d', { out: '[]\n', err: TRACEBACK }, 'failed'],
    ['only an empty list from a DAG file', 'dags trigger d', { out: '[]\n' }, 'unclear'],
    ['an empty list from a DAG file, for a command that never prints one', 'dags pause d', { out: '[]\n' }, 'unclear'],
    [
      'a traceback in color',
      'dags trigger nope',
      { err: TRACEBACK.replace('File', '\u001b[31mFile\u001b[0m') },
      'failed',
    ],
    ['a usage error', 'dags trigger d', { err: USAGE }, 'failed'],
    ['no JSON although the command prints some', 'dags trigger d', { out: LOG }, 'unclear'],
    ['JSON of another shape, from a DAG file', 'dags trigger d', { out: '[{"rows": 3}]\n' }, 'unclear'],
    ['a return code', 'tasks clear -y d', { returncode: 0 }, 'succeeded'],
    ['a return code that contradicts the streams', 'dags trigger d', { out: RUN_JSON, returncode: 1 }, 'failed'],
    ['no output from a command that prints nothing', 'tasks clear -y d', {}, 'unverified'],
    ['the release', 'version', { out: `${NOISE}2.10.3\n` }, 'succeeded'],
    ['a line that is not the release', 'version', { out: 'Killed\n' }, 'unclear'],
    ['a variable that is set', 'variables set k v', { out: 'Variable k created\n' }, 'succeeded'],
    ['a variable that does not exist', 'variables get k', { err: 'Variable k does not exist\n' }, 'failed'],
    ['a DAG that does not exist', 'dags list-runs -d x', { err: "DAG: x does not exist in 'dag' table\n" }, 'failed'],
    ['HTTP 400', 'tasks clear -y d', {}, 'failed', 400],
    ['HTTP 400 with JSON that shows success', 'dags trigger d', { out: RUN_JSON }, 'unclear', 400],
    ['no table', 'dags list -o table', { out: NOISE + LOG }, 'unclear'],
    ['a table', 'dags list -o table', { out: `${NOISE}${TABLE}${LOG}` }, 'succeeded'],
    ['a truncated table', 'dags list -o table', { out: TABLE.replace(/ +\n$/, '') }, 'unclear'],
    ['a line of spaces without a table', 'dags list -o table', { out: 'dag_id | owners\n   \n' }, 'unclear'],
    ['YAML for a list', 'dags list -o yaml', { out: '- dag_id: d\n' }, 'unverified'],
    ['no YAML for a list', 'dags list -o yaml', { out: LOG }, 'unclear'],
    ['no output from a command that always prints something', 'tasks state d t r', { err: 'no such run\n' }, 'unclear'],
    ['a DAG that is deleted', 'dags delete -y d', { out: `${LOG}Removed 3 record(s)\n` }, 'succeeded'],
    [
      'a line that only begins like the success line',
      'dags delete -y d',
      { out: 'Removed 3 record(s) of them\n' },
      'unclear',
    ],
    ['a variable that is deleted', 'variables delete k', { out: 'Variable k deleted\n' }, 'succeeded'],
    ['a connection that is added', 'connections add c', { out: 'Successfully added `conn_id`=c : x\n' }, 'succeeded'],
    ['an empty list of runs', 'dags list-runs -d d', { out: `${NOISE}No data found\n` }, 'succeeded'],
    ['a state', 'dags state d 2026-01-01', { out: 'running\n' }, 'succeeded'],
    ['a state, where DAG files may print', 'tasks state d t r', { out: 'up_for_retry\n' }, 'unverified'],
    ['a line that is not a state', 'tasks state d t r', { out: 'Up for retry\n' }, 'unclear'],
    ['no state of a run', 'dags state d 2024-01-01', { out: LOG }, 'unclear'],
    ['no next run', 'dags next-execution d', { out: NOISE }, 'unclear'],
    ['lines of spaces', 'tasks state d t r', { out: '  \n\t\n' }, 'unclear'],
    ['HTTP 399', 'tasks clear -y d', {}, 'unverified', 399],
    ['HTTP 400 with the success line', 'variables set k v', { out: 'Variable k created\n' }, 'unclear', 400],
    ['HTTP 400 with another line', 'variables set k v', { out: 'Killed\n' }, 'failed', 400],
    ['HTTP 400 with a return code', 'tasks clear -y d', { returncode: 0 }, 'succeeded', 400],
    ['a usage error followed by other output', 'tasks clear -y d', { err: `${USAGE}done\n` }, 'unverified'],
    [
      'a line that only resembles a usage error',
      'tasks clear -y d',
      { err: 'x airflow command error: y\n' },
      'unverified',
    ],
    ['a usage error within a line', 'tasks clear -y d', { err: `x ${USAGE.trim().split('\n').at(-1)}` }, 'unverified'],
    ['a usage error in a longer line', 'tasks clear -y d', { err: `${USAGE.trim()} x` }, 'unverified'],
    ["a DAG file's traceback", 'tasks clear -y d', { err: DAG_FILE_TRACEBACK }, 'unverified'],
    [
      "a DAG file's traceback, then the command's",
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: DAG_FILE_TRACEBACK + TRACEBACK },
      'failed',
    ],
    [
      "the command's traceback, then a DAG file's",
      'tasks clear -y d',
      { err: TRACEBACK + DAG_FILE_TRACEBACK },
      'unclear',
    ],
    [
      "the command's traceback, then a DAG file's, and no JSON",
      'dags trigger d',
      { err: TRACEBACK + DAG_FILE_TRACEBACK },
      'failed',
    ],
    [
      'the traceback of an airflow process that a DAG file ran, then other output',
      'dags trigger d',
      { out: RUN_JSON, err: `${TRACEBACK}ok\n` },
      'unclear',
    ],
    [
      'a traceback, then exceptions that Python ignored',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: TRACEBACK + ATEXIT_NOISE },
      'failed',
    ],
    [
      'a traceback, ignored exceptions, and an empty list from a plugin',
      'dags trigger d',
      { out: '[]\n', err: TRACEBACK + ATEXIT_NOISE },
      'failed',
    ],
    ['JSON, and exceptions that Python ignored', 'dags trigger d', { out: RUN_JSON, err: ATEXIT_NOISE }, 'succeeded'],
    [
      'exceptions that Python ignored, from a command that prints nothing',
      'tasks clear -y d',
      { err: ATEXIT_NOISE },
      'unverified',
    ],
    [
      'a traceback of Airflow after the notice of an ignored exception',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: `Exception ignored in: x\n${TRACEBACK}` },
      'failed',
    ],
    [
      'a failure line, then warnings',
      'variables get x',
      { err: `Variable x does not exist\n${RESOURCE_WARNING}` },
      'failed',
    ],
    ['JSON, and warnings', 'dags trigger d', { out: RUN_JSON, err: RESOURCE_WARNING }, 'succeeded'],
    [
      'an exception message with a table',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: `${createTraceback('/x/airflow', 'a.B: Some failed:')}d  t  2026\n` },
      'failed',
    ],
    [
      'an exception message of several lines',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: TRACEBACK + POSTGRES_ERROR_DETAILS },
      'failed',
    ],
    ['JSON although a table was requested', 'dags list -o table', { out: DAGS_JSON }, 'unclear'],
    [
      'a success line without its line end, no part of which matches',
      'variables set a b',
      { out: 'Variable a created' },
      'succeeded',
    ],
    ['a word that is not a state', 'tasks state d t 2026-01-01', { out: 'ready\n' }, 'unclear'],
    ['YAML for a run', 'dags trigger d -o yaml', { out: '- dag_id: d\n' }, 'unverified'],
    ['no YAML for a run', 'dags trigger d -o yaml', {}, 'unclear'],
    ['a key with a line separator', "variables set 'a\u2028b' c", { out: 'Variable a\u2028b created\n' }, 'succeeded'],
    ['a failure with a line separator', "pools get 'a\u2028b'", { err: 'Pool a\u2028b does not exist\n' }, 'failed'],
    [
      'a usage error with a line separator',
      "dags list-runs -d 'a\u2028b'",
      { err: 'usage: airflow dags list-runs [-h]\nairflow dags list-runs command error: a\u2028b, see help above.\n' },
      'failed',
    ],
    ['a truncated traceback', 'tasks clear -y d', { err: TRACEBACK.replace(/^airflow.*/m, '') }, 'unverified'],
    [
      'a traceback of `python -m airflow`',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: createTraceback('/x/airflow/__main__.py') },
      'failed',
    ],
    ['a traceback of another program', 'tasks clear -y d', { err: createTraceback('/x/notairflow') }, 'unverified'],
    [
      'a traceback that starts in a file of Airflow',
      'tasks clear -y d',
      { err: createTraceback('/x/airflow/jobs.py') },
      'unverified',
    ],
    [
      'a traceback that starts at another line',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: TRACEBACK.replace('line 8', 'line 118') },
      'failed',
    ],
    ['a quoted traceback', 'tasks clear -y d', { err: TRACEBACK.replace('  File', '>   File') }, 'unverified'],
    [
      'a traceback that starts in a function',
      'tasks clear -y d',
      { err: TRACEBACK.replace('<module>', '<module>.f') },
      'unverified',
    ],
    [
      'an exception without a message',
      'db clean --clean-before-timestamp=2020-01-01 -y',
      { err: createTraceback('/x/airflow', 'KeyError') },
      'failed',
    ],
    [
      'a traceback without an exception',
      'tasks clear -y d',
      { err: createTraceback('/x/airflow', '* not one') },
      'unverified',
    ],
    [
      'a traceback followed by words',
      'tasks clear -y d',
      { err: createTraceback('/x/airflow', 'all is well') },
      'unverified',
    ],
    [
      'a failure line followed by other output',
      'variables get k',
      { err: 'Variable k does not exist\nx\n' },
      'unclear',
    ],
    ['the failure line of another command', 'tasks clear -y d', { err: 'Variable k does not exist\n' }, 'unverified'],
  ])('of %s: %s %j is %s', (_content, command, streams, outcome, status) => {
    expect(judgeCommand(command, streams, status)).toMatchObject({ outcome });
  });

  test.each<[evidence: RegExp, command: string, streams: Parameters<typeof judgeCommand>[1], status?: number]>([
    [/^return code 3$/, 'version', { returncode: 3 }],
    [/argparse's usage error/, 'dags trigger d', { err: USAGE }],
    [/traceback from Airflow's entry point/, 'version', { err: TRACEBACK }],
    [/line this command prints when it fails/, 'variables get k', { err: 'Variable k does not exist\n' }],
    [/^MWAA returned HTTP 400, but the output shows success/, 'dags trigger d', { out: RUN_JSON }, 400],
    [/^MWAA returned HTTP 400 with the output/, 'tasks clear -y d', {}, 400],
    [/nothing to list/, 'dags list-runs -d d', { out: 'No data found\n' }],
    [/nothing matched/, 'dags pause nope', { out: 'No unpaused DAGs were found\n' }],
    [/JSON this command prints when it succeeds/, 'dags trigger d', { out: RUN_JSON }],
    [/line this command prints when it succeeds/, 'version', { out: '2.10.3\n' }],
    [/when it succeeds is missing/, 'version', {}],
    [/does not show whether it succeeded/, 'tasks clear -y d', {}],
  ])('has the evidence %s', (evidence, command, streams, status) => {
    expect(judgeCommand(command, streams, status).evidence).toMatch(evidence);
  });

  test('the output is the last JSON of this command, or null', () => {
    const runs = createJsonRow('dag_id run_id state start_date end_date');
    const out = `[{"dag_id": "printed by a DAG file"}]\n${NOISE}${runs}[1]\n`;
    expect(judgeCommand('dags list-runs -d d', { out }).output).toEqual(JSON.parse(runs));
    expect(judgeCommand('variables get k', { out: '{"a": 1}' }).output).toBeNull();
  });

  test('a success without effect has a note', () => {
    const out = 'No unpaused DAGs were found\n';
    expect(judgeCommand('dags pause nope', { out })).toMatchObject({
      outcome: 'succeeded',
      notes: ['nothing-matched'],
    });
    expect(judgeCommand('dags pause nope', { out, returncode: 1 })).toMatchObject({ outcome: 'failed', notes: [] });
    expect(judgeCommand('dags trigger d', { out: RUN_JSON })).toMatchObject({ outcome: 'succeeded', notes: [] });
  });
});

describe('decodeStreams', () => {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

  test.each<[content: string, body: string, expected: unknown]>([
    ['both streams', JSON.stringify({ stdout: base64('é\n'), stderr: base64('e') }), { stdout: 'é\n', stderr: 'e' }],
    ['streams that are null', '{"stdout": null, "stderr": null}', { stdout: '', stderr: '' }],
    ['a return code', '{"stdout": "", "stderr": "", "returncode": 2}', { stdout: '', stderr: '', returncode: 2 }],
    [
      'bytes that are not UTF-8',
      JSON.stringify({ stdout: base64(Buffer.of(0xff)), stderr: '' }),
      { stdout: '\ufffd', stderr: '' },
    ],
    ['HTML', '<html>', undefined],
    ['a list instead of an object', '[]', undefined],
    ['a missing stream', '{"stdout": ""}', undefined],
    ['invalid base64', '{"stdout": "*", "stderr": ""}', undefined],
    ['a number instead of a stream', '{"stdout": 1, "stderr": ""}', undefined],
    ['truncated JSON', '{"stdout": "YQ', undefined],
  ])('%s', (_content, body, expected) => expect(decodeStreams(body)).toEqual(expected));
});
