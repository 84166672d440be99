import { describe, expect, test } from 'vitest';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

function judge(release: string, command: string, stdout: string, returncode?: number) {
  const parsed = parseInvocation(CATALOGS.read(release), splitCommandLine(command));
  const invocation = completeInvocation(parsed, 'json', 'r');
  return determineVerdict(invocation, 200, { stdout, stderr: '', ...(returncode === undefined ? {} : { returncode }) });
}

const JOBS = '"state":"success","job_type":"x","start_date":"","end_date":""';
const STATES = '"state":"success","start_date":"","end_date":""';

describe('output that names something else than the command is not a success', () => {
  test.each<[release: string, command: string, own: string, foreign: string]>([
    ['2.10.3', 'dags trigger d', '[{"dag_id":"d","dag_run_id":"r"}]', '[{"dag_id":"e","dag_run_id":"r"}]'],
    ['2.10.3', 'dags trigger d', '[{"dag_id":"d","dag_run_id":"r"}]', '[{"dag_id":"d","dag_run_id":"s"}]'],
    ['3.3.1', 'dags trigger d', '[{"dag_id":"d","dag_run_id":"r"}]', '[{"dag_id":"d","dag_run_id":"s"}]'],
    ['2.10.3', 'dags pause d', '[{"dag_id":"d","is_paused":"True"}]', '[{"dag_id":"e","is_paused":"True"}]'],
    ['2.10.3', 'dags list-runs -d d', '[{"dag_id":"d","run_id":"x"}]', '[{"dag_id":"e","run_id":"x"}]'],
    [
      '3.0.6',
      'dags list-runs d',
      '[{"dag_id":"d","run_id":"x"}]',
      '[{"dag_id":"d","run_id":"x"},{"dag_id":"e","run_id":"x"}]',
    ],
    ['2.10.3', 'dags list-jobs -d d', `[{"dag_id":"d",${JOBS}}]`, `[{"dag_id":"e",${JOBS}}]`],
    [
      '2.10.3',
      'tasks states-for-dag-run d r',
      `[{"dag_id":"d","task_id":"t",${STATES}}]`,
      `[{"dag_id":"e","task_id":"t",${STATES}}]`,
    ],
    ['2.10.3', 'connections get c', '[{"conn_id":"c","conn_type":"x"}]', '[{"conn_id":"x","conn_type":"x"}]'],
    [
      '2.10.3',
      'pools get p',
      '[{"pool":"p","slots":"1","description":""}]',
      '[{"pool":"x","slots":"1","description":""}]',
    ],
    [
      '2.2.2',
      'dags trigger d',
      'Created <DagRun d @ 2026-11-28T00:00:00+00:00: r, externally triggered: True>',
      'Created <DagRun e @ 2026-11-28T00:00:00+00:00: r, externally triggered: True>',
    ],
    [
      '2.2.2',
      'dags trigger d',
      'Created <DagRun d @ 2026-11-28T00:00:00+00:00: r, externally triggered: True>',
      'Created <DagRun d @ 2026-11-28T00:00:00+00:00: s, externally triggered: True>',
    ],
    [
      '1.10.12',
      'trigger_dag d',
      'Created <DagRun d @ 2026-11-28 00:00:00+00:00: r, externally triggered: True>',
      'Created <DagRun d @ 2026-11-28 00:00:00+00:00: s, externally triggered: True>',
    ],
    ['2.2.2', 'dags pause d', 'Dag: d, paused: True', 'Dag: e, paused: True'],
    ['2.10.3', 'variables set k v', 'Variable k created', 'Variable l created'],
    ['2.10.3', 'variables delete k', 'Variable k deleted', 'Variable l deleted'],
    [
      '2.10.3',
      'connections delete c',
      'Successfully deleted connection with `conn_id`=c',
      'Successfully deleted connection with `conn_id`=x',
    ],
  ])('%s %s', (release, command, own, foreign) => {
    expect(judge(release, command, `${own}\n`)).toMatchObject({ outcome: 'succeeded' });
    expect(judge(release, command, `${foreign}\n`)).toMatchObject({
      outcome: 'unclear',
      isNormalResult: false,
      evidence: expect.stringMatching(/^the output names \w+ ".*", but the command names /),
      output: null,
    });
    expect(judge(release, command, `${foreign}\n`, 0)).toMatchObject({ outcome: 'unclear' });
    expect(judge(release, command, `${foreign}\n`, 1)).toMatchObject({ outcome: 'failed' });
  });

  test('a DAG id that is a regular expression is no name', () => {
    const output = '[{"dag_id":"daily","is_paused":"True"}]\n';
    expect(judge('2.10.3', 'dags pause "da.*" --treat-dag-id-as-regex -y', output)).toMatchObject({
      outcome: 'succeeded',
    });
  });
});
