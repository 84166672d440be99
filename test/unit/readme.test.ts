/** Compares the example in the README with the code, and the scripts that it names with package.json. */
import { expect, test } from 'vitest';
import { completeInvocation, RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { readRequestBody } from '../../lambda/event/read-request-body.ts';
import { findEnvironment } from '../../local/find-environment.ts';
import { AIRFLOW_2 } from '../catalogs.ts';
import { readText } from './markdown.ts';

const README = readText('README.md');

/** Returns the last text in backticks in a row of the first table. */
const readExample = (row: string): string => {
  const line = README.split('\n').find((text) => text.startsWith(`| **${row}**`)) ?? '';
  return [...line.matchAll(/`([^`]+)`/g)].at(-1)?.[1] ?? '';
};

test('the row "Airflow gets" is the command line that the code renders from the row "You send"', () => {
  const { argv, format } = readRequestBody('application/json', Buffer.from(readExample('You send')));
  const invocation = completeInvocation(parseInvocation(AIRFLOW_2, argv), format, `${RUN_ID_PREFIX}1`);
  const rendered = renderCommandLine(invocation).replace(`${RUN_ID_PREFIX}1`, '…');
  expect(readExample('Airflow gets')).toBe(rendered);
});

test('the example uses the default environment and release of npm start', () => {
  const config = loadConfig(DEFAULT_CONFIG_FILE);
  const environment = findEnvironment(config)!;
  expect(README).toContain(`POST …/environments/${environment}/cli`);
  expect(config.environments[environment]?.airflow).toBe(AIRFLOW_2.airflow);
});

test('package.json has every npm script that the README names', () => {
  const { scripts } = JSON.parse(readText('package.json'));
  const named = [...README.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)].map(
    ([, run, own]) => run ?? own,
  );
  expect(named).toEqual(expect.arrayContaining(['start', 'test', 'session', 'synth', 'mwaa']));
  expect(named.filter((name) => !(name! in scripts))).toEqual([]);
});
