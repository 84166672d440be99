/** Compares docs/pipelines.md with action.yml and with the component of GitLab. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ACTION } from '../local/github-job.ts';
import { expandTemplate, readSpec, TEMPLATE } from '../local/gitlab-job.ts';
import { readTable, readText } from './markdown.ts';

const PAGE = readText('docs/pipelines.md');
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const removeTicks = (text = ''): string => text.replaceAll('`', '');
const BLOCKS = new Map(
  [...PAGE.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
);

/** The rows of each table of inputs: the name and the default. */
const INPUT_ROWS = [...PAGE.matchAll(/^\| `([\w-]+)` +\| ([^|]*?) +\| [^|]+ \|$/gm)].map(
  ([, name = '', value = '']) => [name, removeTicks(value)] as const,
);

test('the page has the inputs of the action, with their defaults', () => {
  const rows = readTable(PAGE, 'input').map(([name]) => removeTicks(name));
  const inputs = Object.entries(ACTION.inputs);
  expect(rows.slice(0, inputs.length)).toEqual(inputs.map(([name]) => name));
  const defaults = new Map(INPUT_ROWS);
  for (const [name, { default: value }] of inputs.filter(([, input]) => /^[\w-]+$/.test(input.default ?? '')))
    expect([name, defaults.get(name)]).toEqual([name, value]);
});

test('the component has the inputs of the action, and those of the second table', () => {
  const spec = readSpec();
  const own = ['job-name', 'stage', 'image', 'package'];
  const shared = Object.keys(ACTION.inputs).filter((name) => !['job-index', 'check-run-id'].includes(name));
  expect(Object.keys(spec).sort()).toEqual([...shared, ...own].sort());
  const defaults = new Map(INPUT_ROWS);
  for (const name of own) expect([name, defaults.get(name)]).toEqual([name, spec[name]?.default]);
  for (const name of shared) {
    const value = ACTION.inputs[name]?.default;
    expect([name, String(spec[name]?.default ?? '')]).toEqual([name, value ?? '']);
  }
});

test('the page has the outputs of the action', () => {
  expect(readTable(PAGE, 'output').map(([name]) => removeTicks(name))).toEqual(Object.keys(ACTION.outputs));
});

test('the page and the component name the version of this package', () => {
  const versions = [...`${PAGE}${TEMPLATE}`.matchAll(/(?:mwaa-cli-proxy|airflow-command)@v?(\d+\.\d+\.\d+)/g)];
  expect(versions.length).toBeGreaterThan(4);
  expect(new Set(versions.map(([, found]) => found))).toEqual(new Set([version]));
});

test('the examples use only inputs and outputs that there are', () => {
  const steps = ['github.yaml', 'values.yaml'].flatMap((name) =>
    Object.values(parse(BLOCKS.get(name) ?? '').jobs).flatMap(
      (job) => (job as { steps: Record<string, unknown>[] }).steps,
    ),
  );
  const used = steps.filter(({ uses }) => String(uses).startsWith('mwaa-cli-proxy/'));
  expect(used).toHaveLength(2);
  for (const step of used)
    expect(Object.keys(ACTION.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with as object)));
  for (const [, output] of PAGE.matchAll(/steps\.\w+\.outputs\.([\w-]+)/g))
    expect(Object.keys(ACTION.outputs)).toContain(output);
  const [included] = parse(BLOCKS.get('gitlab.yaml') ?? '').include;
  expect(Object.keys(readSpec())).toEqual(expect.arrayContaining(Object.keys(included.inputs)));
});

test('every named block is run by a test', () => {
  expect([...BLOCKS.keys()]).toEqual([
    'github.yaml',
    'values.yaml',
    'gitlab.yaml',
    'state-machine.json',
    'set-variable.json',
  ]);
});

test.each([
  `dags trigger x --conf '{"a": "b"}'`,
  `variables set x 'a: b # c'`,
  'variables set x $HOME',
  'dags trigger "x\\y"',
  '- x',
  '&x',
  '*x',
  '!x',
])('the component passes the command %s as it is, although GitLab puts it into the template as text', (command) => {
  const [job] = Object.values(expandTemplate({ command, url: 'https://api.example.com/v1' }));
  expect(job?.variables.AIRFLOW_STEP_COMMAND).toEqual({ value: command, expand: false });
  // The script contains no input.
  expect(job?.script).toEqual(['npx --yes --package="$AIRFLOW_STEP_PACKAGE" airflow-step']);
});

test('no script of the action or of the component contains an expression', () => {
  expect(ACTION.runs).toEqual({ using: 'node24', main: 'action/airflow-step.cjs' });
  const scripts = [...PAGE.matchAll(/^ +(?:- )?run: (.*)$/gm)].map(([, script]) => script);
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) expect(script).not.toContain('${{');
});
