import { expect, test } from 'vitest';
import {
  createCliResponse,
  LOG_HANDLER_NOTICE,
  type WebServerBehavior,
} from '../../../../local/mwaa/web-server-behavior.ts';

const worked = { exitCode: 0, stdout: Buffer.from('ü\n'), stderr: Buffer.from('') };
const failed = { exitCode: 1, stdout: Buffer.from(''), stderr: Buffer.from('Traceback') };
const noisy = Buffer.from(`${LOG_HANDLER_NOTICE}ü\n`).toString('base64');
const quiet = Buffer.from('ü\n').toString('base64');
const trace = Buffer.from('Traceback').toString('base64');

test.each<[string, typeof worked, WebServerBehavior, number, object]>([
  ['noise, 200, by default', worked, {}, 200, { stdout: noisy, stderr: '' }],
  ['without noise', worked, { printsLogNotice: false }, 200, { stdout: quiet, stderr: '' }],
  ['a failure is 200, too', failed, { printsLogNotice: false }, 200, { stdout: '', stderr: trace }],
  ['or 400', failed, { printsLogNotice: false, failureStatus: 400 }, 400, { stdout: '', stderr: trace }],
  [
    'which a success never is',
    worked,
    { printsLogNotice: false, failureStatus: 400 },
    200,
    { stdout: quiet, stderr: '' },
  ],
  [
    'with the exit code',
    failed,
    { printsLogNotice: false, returncode: true },
    200,
    { stdout: '', stderr: trace, returncode: 1 },
  ],
  ['empty streams as null', failed, { nullStreams: true }, 200, { stdout: null, stderr: trace }],
])('%s', (_, finished, dress, status, body) => {
  const answer = createCliResponse(finished, dress);

  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual(body);
});
