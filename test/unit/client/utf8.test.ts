import { expect, test } from 'vitest';
import { runAirflow } from '../../../client/airflow/run-airflow.ts';
import { runMwaa } from '../../../client/mwaa/run-mwaa.ts';
import { decodeUtf8 } from '../../../client/utf8.ts';

const createTerminal = () => {
  const printed = { stdout: '', stderr: '' };
  const terminal = {
    environment: {},
    stdin: () => process.stdin,
    stdout: (text: string) => {
      printed.stdout += text;
    },
    stderr: (text: string) => {
      printed.stderr += text;
    },
  };
  return { printed, terminal };
};

test.each<[program: string, run: (terminal: ReturnType<typeof createTerminal>['terminal']) => Promise<number>]>([
  ['airflow', (terminal) => runAirflow(['variables', 'set', 'k', 'caf\ufffd'], terminal)],
  ['mwaa run', (terminal) => runMwaa(['run', 'variables', 'set', 'caf\ufffd'], terminal)],
])('%s refuses a word that Node.js has changed, and sends nothing', async (_program, run) => {
  const { printed, terminal } = createTerminal();
  expect(await run(terminal)).toBe(2);
  expect(printed.stderr).toMatch(/Word 4 has bytes that are not UTF-8.*Nothing was sent\. Convert it to UTF-8/);
  expect(printed.stdout).toBe('');
});

test('decodeUtf8 keeps every character and rejects other bytes', () => {
  expect(decodeUtf8(Buffer.from('\ufeffa🚀\r\n\ufffd'))).toBe('\ufeffa🚀\r\n\ufffd');
  expect(() => decodeUtf8(Buffer.from('é', 'latin1'))).toThrow(TypeError);
});
