/** Compares the example in the README with the code, and the scripts that it names with package.json. */
import { expect, test } from 'vitest';
import { completeInvocation, RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { readRequestBody } from '../../lambda/event/read-request-body.ts';
import { findEnvironment } from '../../local/find-environment.ts';
import { readText } from './markdown.ts';

const README = readText('README.md');

/** Returns the last text in backticks in a row of the first table. */
const readExample = (row: string): string => {
  const line = README.split('\n').find((text) => text.startsWith(`| **${row}**`)) ?? '';
  return [...line.matchAll(/`([^`]+)`/g)].at(-1)?.[1] ?? '';
};

const CONFIG = loadConfig(DEFAULT_CONFIG_FILE);
const ENVIRONMENT = findEnvironment(CONFIG)!;
const CATALOG = CATALOGS.read(CONFIG.environments[ENVIRONMENT]!.airflow);

test('the row "Airflow gets" is the command line that the code renders from the row "You send"', () => {
  const { argv, format } = readRequestBody('application/json', Buffer.from(readExample('You send')));
  const invocation = completeInvocation(parseInvocation(CATALOG, argv), format, `${RUN_ID_PREFIX}1`);
  const rendered = renderCommandLine(invocation).replace(`${RUN_ID_PREFIX}1`, '…');
  expect(readExample('Airflow gets')).toBe(rendered);
});

test('the example uses the default environment and release of npm start', () => {
  expect(README).toContain(`POST …/environments/${ENVIRONMENT}/cli`);
  expect(README).toContain(`runs Airflow ${CATALOG.airflow}, the newest release that MWAA offers`);
  expect(CATALOG.airflow).toBe(CATALOGS.releases().at(-1));
});

test('package.json has every npm script that the README names', () => {
  const { scripts } = JSON.parse(readText('package.json'));
  const named = [...README.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)].map(
    ([, run, own]) => run ?? own,
  );
  expect(named).toEqual(expect.arrayContaining(['start', 'session', 'synth', 'mwaa']));
  expect(named.filter((name) => !(name! in scripts))).toEqual([]);
});
