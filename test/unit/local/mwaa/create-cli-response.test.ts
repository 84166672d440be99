import { expect, test } from 'vitest';
import { createCliResponse, LOG_HANDLER_NOTICE } from '../../../../local/mwaa/create-cli-response.ts';
import type { WebServerBehavior } from '../../../../local/mwaa/web-server-behavior.ts';

const succeeded = { exitCode: 0, stdout: Buffer.from('ü\n'), stderr: Buffer.from('') };
const failed = { exitCode: 1, stdout: Buffer.from(''), stderr: Buffer.from('Traceback') };
const withNotice = Buffer.from(`${LOG_HANDLER_NOTICE}ü\n`).toString('base64');
const withoutNotice = Buffer.from('ü\n').toString('base64');
const encodedTraceback = Buffer.from('Traceback').toString('base64');

test.each<[string, typeof succeeded, WebServerBehavior, number, object]>([
  ['prints the log notice and returns 200 by default', succeeded, {}, 200, { stdout: withNotice, stderr: '' }],
  ['omits the log notice', succeeded, { printsLogNotice: false }, 200, { stdout: withoutNotice, stderr: '' }],
  [
    'returns 200 for a failed command',
    failed,
    { printsLogNotice: false },
    200,
    { stdout: '', stderr: encodedTraceback },
  ],
  [
    'returns 400 for a failed command',
    failed,
    { printsLogNotice: false, failureStatus: 400 },
    400,
    { stdout: '', stderr: encodedTraceback },
  ],
  [
    'returns 200 for a successful command when failures return 400',
    succeeded,
    { printsLogNotice: false, failureStatus: 400 },
    200,
    { stdout: withoutNotice, stderr: '' },
  ],
  [
    'adds the exit code',
    failed,
    { printsLogNotice: false, returncode: true },
    200,
    { stdout: '', stderr: encodedTraceback, returncode: 1 },
  ],
  ['returns empty streams as null', failed, { nullStreams: true }, 200, { stdout: null, stderr: encodedTraceback }],
])('createCliResponse %s', (_, result, behavior, status, body) => {
  const response = createCliResponse(result, behavior);

  expect(response.status).toBe(status);
  expect(JSON.parse(response.body)).toEqual(body);
});
