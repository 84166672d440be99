import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Outcome, VerdictNote } from '../../airflow/verdict.ts';
import { ENVIRONMENT_NAME_PATTERN } from '../../config/environment-name.ts';
import { INTEGRATION_SECONDS } from '../../config/timeouts.ts';
import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from '../../contract/problem-types.ts';
import { ENVIRONMENT_ROUTES, OIDC_PATH, REST_METHODS, REST_PATH_PARAMETER, REST_ROUTE } from '../../contract/routes.ts';

const readProjectFile = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const OPENAPI_DOCUMENT = parse(readProjectFile('docs/openapi.yaml'));
const { schemas, parameters } = OPENAPI_DOCUMENT.components;

/** Returns all operations by name, such as `POST /environments`. */
const listOperations = (): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries<Record<string, Record<string, unknown>>>(OPENAPI_DOCUMENT.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([name]) => name !== 'parameters')
        .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );

test('docs/openapi.yaml has the routes of the functions: for signed requests, and below /oidc for tokens', () => {
  const routes = Object.entries(ENVIRONMENT_ROUTES).map(
    ([route, method]) => [method, `/environments/{environment}/${route}`] as const,
  );
  const rest = REST_METHODS.map(
    (method) => [method, `/environments/{environment}/${REST_ROUTE}/{${REST_PATH_PARAMETER}}`] as const,
  );
  const expected = [['GET', '/environments'] as const, ...routes, ...rest].flatMap(([method, path]) => [
    `${method} ${path}`,
    `${method} /${OIDC_PATH}${path}`,
  ]);
  expect(Object.keys(listOperations()).sort()).toEqual(expected.sort());
});

test('docs/openapi.yaml describes the routes below /oidc like those for signed requests, except for the authentication', () => {
  const operations = listOperations();
  for (const [name, { operationId, tags, security, ...operation }] of Object.entries(operations)) {
    if (name.includes(`/${OIDC_PATH}/`)) continue;
    expect([tags, security], name).toEqual([['signed'], [{ sigv4: [] }]]);
    expect(operations[name.replace(' /', ` /${OIDC_PATH}/`)]).toEqual({
      ...operation,
      operationId: `${operationId}ByToken`,
      tags: ['token'],
      security: [{ token: [] }],
    });
  }
});

test('docs/openapi.yaml has every problem', () => {
  const codes = Object.keys(PROBLEM_TYPES) as ProblemCode[];
  expect(schemas.Problem.properties.type['x-extensible-enum']).toEqual(codes.map(toProblemTypeUrn));
});

test('docs/openapi.yaml has every note and every outcome', () => {
  const notes: Record<VerdictNote, true> = {
    'nothing-matched': true,
    'success-either-way': true,
    'exit-status-misleads': true,
    'task-failed': true,
    'part-failed': true,
    'not-as-asked': true,
    'dag-is-paused': true,
    'no-logical-date': true,
  };
  expect(schemas.Notes.items['x-extensible-enum']).toEqual(Object.keys(notes));

  // A failed command is a problem, unless the note `exit-status-misleads` applies.
  const outcomes: Record<Outcome, ('CommandAnswer' | 'Problem')[]> = {
    succeeded: ['CommandAnswer'],
    unverified: ['CommandAnswer'],
    failed: ['CommandAnswer', 'Problem'],
    unclear: ['Problem'],
  };
  for (const schema of ['CommandAnswer', 'Problem'] as const) {
    const expected = Object.entries(outcomes).filter(([, schemaNames]) => schemaNames.includes(schema));
    expect(schemas[schema].properties.outcome['x-extensible-enum']).toEqual(expected.map(([outcome]) => outcome));
  }
});

test('docs/openapi.yaml has the version, the pattern of environment names and the maximum response time', () => {
  expect(OPENAPI_DOCUMENT.info.version).toBe(JSON.parse(readProjectFile('package.json')).version);
  const { pattern } = parameters.environment.schema;
  const names = ['a', 'A-1_b', 'a'.repeat(80), 'a'.repeat(81), '1a', '-a', 'a.b', ''];
  expect(names.map((name) => new RegExp(pattern).test(name))).toEqual(
    names.map((name) => ENVIRONMENT_NAME_PATTERN.test(name)),
  );
  expect(OPENAPI_DOCUMENT.info.description).toContain(`up to ${INTEGRATION_SECONDS.stream} seconds`);
});

test('docs/openapi.yaml allows additional members in every response, but not in requests', () => {
  const { CommandRequest, RestRequest, ...responses } = schemas;
  const objects = Object.values<Record<string, unknown>>(responses).filter(({ type }) => type === 'object');
  expect(objects).toHaveLength(13);
  for (const schema of objects) expect(schema.additionalProperties).toBe(true);
  expect([CommandRequest, RestRequest].map(({ additionalProperties }) => additionalProperties)).toEqual([false, false]);
});
