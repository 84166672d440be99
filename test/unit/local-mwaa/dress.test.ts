import { expect, test } from 'vitest';
import { type Dress, dressed, NOISE } from '../../../local/mwaa/dress.ts';

const worked = { exitCode: 0, stdout: Buffer.from('ü\n'), stderr: Buffer.from('') };
const failed = { exitCode: 1, stdout: Buffer.from(''), stderr: Buffer.from('Traceback') };
const noisy = Buffer.from(`${NOISE}ü\n`).toString('base64');
const quiet = Buffer.from('ü\n').toString('base64');
const trace = Buffer.from('Traceback').toString('base64');

test.each<[string, typeof worked, Dress, number, object]>([
  ['noise, 200, by default', worked, {}, 200, { stdout: noisy, stderr: '' }],
  ['without noise', worked, { noise: false }, 200, { stdout: quiet, stderr: '' }],
  ['a failure is 200, too', failed, { noise: false }, 200, { stdout: '', stderr: trace }],
  ['or 400', failed, { noise: false, failureStatus: 400 }, 400, { stdout: '', stderr: trace }],
  ['which a success never is', worked, { noise: false, failureStatus: 400 }, 200, { stdout: quiet, stderr: '' }],
  ['with the exit code', failed, { noise: false, returncode: true }, 200, { stdout: '', stderr: trace, returncode: 1 }],
  ['empty streams as null', failed, { nullStreams: true }, 200, { stdout: null, stderr: trace }],
])('%s', (_, finished, dress, status, body) => {
  const answer = dressed(finished, dress);

  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual(body);
});
