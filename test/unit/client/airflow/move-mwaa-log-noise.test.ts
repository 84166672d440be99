import { expect, test } from 'vitest';
import { moveMwaaLogNoise } from '../../../../client/airflow/move-mwaa-log-noise.ts';

test.each<[what: string, stdout: string, airflowOutput: string, noise: string]>([
  ['keeps output without log noise', '[]\n', '[]\n', ''],
  [
    'moves the lines of the log handlers to standard error',
    'CloudWatch logging is disabled for TaskLogHandler\nCloudWatch logging is disabled for X\n\u001b[0m[{"a": 1}]\n',
    '[{"a": 1}]\n',
    'CloudWatch logging is disabled for TaskLogHandler\nCloudWatch logging is disabled for X\n\u001b[0m',
  ],
  [
    'keeps such a line after other output',
    'a\nCloudWatch logging is disabled for X\n',
    'a\nCloudWatch logging is disabled for X\n',
    '',
  ],
  ['keeps a color reset of Airflow', '\u001b[0mred', '\u001b[0mred', ''],
])('moveMwaaLogNoise %s', (_what, stdout, airflowOutput, noise) => {
  expect(moveMwaaLogNoise({ stdout, stderr: 'e' })).toEqual({ stdout: airflowOutput, stderr: `${noise}e` });
});
