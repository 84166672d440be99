import { expect, test } from 'vitest';
import { type ExitWithText, parseStartOptions } from '../../../local/start-options.ts';

const catchExit = (args: string[]): ExitWithText => {
  try {
    parseStartOptions(args);
  } catch (error) {
    return error as ExitWithText;
  }
  throw new Error(`${args.join(' ')} is accepted.`);
};

test('by default, runs the example until it is stopped', () => {
  expect(parseStartOptions([])).toMatchObject({ once: false, config: 'config/example.yaml', replay: false });
});

test.each([
  [['--airflow', '9.9.9'], 2, /MWAA does not offer Airflow 9\.9\.9\. Use one of: 3\.3\.1, 3\.2\.1/],
  [['--nonsense'], 2, /--nonsense.*Usage: npm start/s],
  [['more'], 2, /Usage: npm start/],
  [['--port', 'x'], 2, /--port x is not a port/],
  [['--port', '70000'], 2, /--port 70000 is not a port/],
  [['--as', 'team'], 2, /team is not the ARN of a role/],
  [['--as', 'arn:aws:iam::111122223333:role/team-*'], 2, /without "\*"/],
  [['--fault', 'slow-anser'], 2, /Did you mean "slow-answer"/],
  [['--fault', 'list'], 0, /slow-answer/],
  [['--help'], 0, /Usage: npm start/],
])('%j prints a text and exits with %i', (args, exitCode, text) => {
  expect(catchExit(args)).toMatchObject({ exitCode, message: expect.stringMatching(text) });
});

test('the usage fits on 80 columns', () => {
  expect(
    catchExit(['--help'])
      .message.split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
