import { expect, test } from 'vitest';
import type { Argument, OperationSummary } from '../../../../airflow/catalog.ts';
import type { Operation, Schema } from '../../../../airflow/rest/operation.ts';
import {
  createOperationCommand,
  formatRequestName,
  isOperation,
  renderOperation,
  toOperationInvocation,
} from '../../../../airflow/rest/operation-command.ts';
import { parseCall } from '../../../../airflow/rest/parse-call.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

/** `--state*=queued|failed`: `!` marks what is required, `*` a list. */
const describeArgument = ({ flags, dest, required, type, arity, choices }: Argument): string =>
  [
    flags?.join() ?? dest,
    required ? '!' : '',
    type === undefined ? '' : `:${type}`,
    arity ?? '',
    choices === undefined ? '' : `=${choices.join('|')}`,
  ].join('');

const findCommand = (airflow: string, name: string) => {
  const catalog = CATALOGS.readOperations(airflow)!;
  const operation = catalog.operations.find(({ method, path }) => `${method} ${path}` === name)!;
  return catalog.commands.get(operation)!;
};

test.each<[airflow: string, name: string, args: string]>([
  ['2.10.3', 'GET /version', ''],
  ['2.10.3', 'PATCH /dags/{dag_id}', 'dag_id --update_mask* --is_paused=true|false'],
  // Neither the key in the body nor that in the path can differ.
  ['2.10.3', 'PATCH /variables/{variable_key}', 'variable_key --update_mask* --description --value'],
  ['2.10.3', 'POST /users', '--first_name --last_name --username --email --roles:json --password'],
  [
    '2.10.3',
    'GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}',
    'dag_id dag_run_id task_id map_index:integer',
  ],
  ['2.10.3', 'GET /dagStats', '--dag_ids!'],
  ['3.3.1', 'GET /dagStats', '--dag_ids*'],
  [
    '3.0.6',
    'POST /backfills',
    '--dag_id! --from_date!:date --to_date!:date --run_backwards=true|false --dag_run_conf:json --reprocess_behavior=failed|completed|none --max_active_runs:integer',
  ],
  [
    '3.0.6',
    'PATCH /pools/{pool_name}',
    'pool_name --update_mask* --slots:integer --description --include_deferred=true|false',
  ],
  // Any JSON.
  ['3.3.1', 'POST /variables', '--key! --value!:json --description --team_name'],
  // In the order of the path. A value that may be null is no longer required once null counts as absent.
  ['3.3.1', 'PUT /assets/{asset_id}/state-store/{key}', 'asset_id:integer key --value!:json'],
  [
    '3.3.1',
    'POST /dags/{dag_id}/dagRuns',
    'dag_id --dag_run_id --data_interval_start:date --data_interval_end:date --logical_date:date --run_after:date --conf:json --note --partition_key',
  ],
  // A body that is an object or null.
  [
    '3.3.1',
    'POST /assets/{asset_id}/materialize',
    'asset_id:integer --dag_run_id --data_interval_start:date --data_interval_end:date --logical_date:date --run_after:date --conf:json --note --partition_key',
  ],
  ['3.3.1', 'PATCH /dags/{dag_id}/dagRuns', 'dag_id --actions!:json'],
  [
    '3.3.1',
    'PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails',
    'dag_id dag_run_id task_id map_index:integer --chosen_options!* --params_input:json',
  ],
])('%s %s has the arguments %s', (airflow, name, args) => {
  const command = findCommand(airflow, name);
  expect(command.arguments.map(describeArgument).join(' ')).toBe(args);
  expect(command.arguments.every(({ ofOperation }) => ofOperation)).toBe(true);
  expect(command.path).toEqual(['api', ...name.split(' ')]);
  expect(isOperation(command)).toBe(true);
});

const SUMMARY: OperationSummary = { needsAdmin: false, effects: [] };
const STATE: Schema = { type: 'string', enum: ['a', 'b'] };

/** The argument of a query parameter with a schema. */
function describeParameter(schema: Schema): string {
  const operation: Operation = {
    operationId: 'x',
    method: 'GET',
    path: '/x/{y}',
    pathParameters: {},
    query: { p: { schema } },
  };
  const command = createOperationCommand({ schemas: { STATE } }, operation, SUMMARY);
  return command.arguments.map(describeArgument).join(' ');
}

test.each<[schema: Schema, kind: string]>([
  [{ type: 'string' }, ''],
  [{ type: 'string', format: 'date-time' }, ':date'],
  [{ type: 'string', format: 'datetime' }, ':date'],
  [{ type: 'string', format: 'date-time-local' }, ''],
  [{ type: 'string', format: 'xdate-time' }, ''],
  [{ type: 'string', format: 'uuid' }, ''],
  [{ type: 'integer' }, ':integer'],
  [{ type: 'number' }, ':number'],
  [{ type: 'boolean' }, '=true|false'],
  [{ $ref: 'STATE' }, '=a|b'],
  [{ enum: [1, null] }, '=1|null'],
  [{ $ref: 'MISSING' }, ':json'],
  [{}, ':json'],
  [{ type: 'object' }, ':json'],
  [{ type: 'array', items: { type: 'integer' } }, ':integer*'],
  [{ type: 'array', items: { $ref: 'STATE' } }, '*=a|b'],
  [{ type: 'array' }, ':json'],
  [{ type: 'array', items: { type: 'object' } }, ':json'],
  [{ type: 'array', items: { type: 'array', items: { type: 'string' } } }, ':json'],
  [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, ':integer'],
  [{ anyOf: [{ type: 'string' }, { type: 'string', format: 'date-time' }, { type: 'null' }] }, ''],
  [{ anyOf: [{ type: 'string' }, { enum: ['a', 'b'] }] }, ''],
  [{ anyOf: [{ type: 'string' }, { enum: ['a', 1] }] }, ':json'],
  [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, ':json'],
])('a parameter with the schema %j', (schema, kind) => {
  // A path parameter without a schema is text.
  expect(describeParameter(schema)).toBe(`y --p${kind}`);
});

test.each<[body: Operation['body'], args: string]>([
  [undefined, ''],
  [{ schema: {} }, '--body:json'],
  [{ schema: { type: 'array', items: { type: 'string' } }, required: true }, '--body:json'],
  [{ schema: { type: 'object', properties: { a: STATE }, required: ['a'] } }, '--a=a|b'],
  [{ schema: { type: 'object', properties: { a: STATE }, required: ['a'] }, required: true }, '--a!=a|b'],
  [{ schema: { $ref: 'MAKES' }, required: true }, '--a!=a|b --n --o'],
  [{ schema: { anyOf: [{ $ref: 'MAKES' }, { type: 'null' }] } }, '--a=a|b --n --o'],
  // One of two objects: only the whole can be compared.
  [{ schema: { anyOf: [{ $ref: 'MAKES' }, { type: 'object', properties: {} }] } }, '--body:json'],
])('a body %j has the options %s', (body, args) => {
  const nullable: Schema = { anyOf: [{ type: 'string' }, { type: 'null' }] };
  const schemas = {
    MAKES: {
      type: 'object',
      properties: { a: STATE, n: { $ref: 'NULLABLE' }, o: { type: 'string' } },
      required: ['a', 'n'],
    },
    NULLABLE: nullable,
  } satisfies Record<string, Schema>;
  const operation: Operation = {
    operationId: 'x',
    method: 'POST',
    path: '/x',
    pathParameters: {},
    query: {},
    ...(body && { body }),
  };
  const command = createOperationCommand({ schemas }, operation, SUMMARY);
  expect(command.arguments.map(describeArgument).join(' ')).toBe(args);
});

function invoke(airflow: string, line: string, body?: unknown) {
  const catalog = CATALOGS.readOperations(airflow)!;
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  const request = { method, path: `${catalog.basePath}${path}`, query: [...new URLSearchParams(query)] };
  const call = parseCall(catalog, { ...request, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return toOperationInvocation(catalog.commands.get(call.operation)!, call);
}

test.each<[airflow: string, line: string, body: unknown, words: string]>([
  [
    '2.10.3',
    'GET /dags/a/dagRuns?state=failed,success&limit=5',
    undefined,
    '/dags/a/dagRuns --limit=5 --state=failed --state=success',
  ],
  ['2.10.3', 'PATCH /dags/a', { is_paused: false }, '/dags/a --is_paused=false'],
  // In an update, null sets a value to nothing.
  ['3.0.6', 'PATCH /pools/p', { pool: 'p', description: null, slots: 3 }, '/pools/p --slots=3 --description=null'],
  ['3.3.1', 'PUT /assets/1/state-store/k', { value: null }, '/assets/1/state-store/k --value=null'],
  ['3.3.1', 'POST /dags/a/dagRuns', { logical_date: null, conf: null, note: 'n' }, '/dags/a/dagRuns --note=n'],
  ['3.0.6', 'POST /dags/a/dagRuns', { logical_date: null, conf: { a: [1.5] } }, '/dags/a/dagRuns --conf={"a":[1.5]}'],
  ['3.0.6', 'POST /variables', { key: 'k', value: 'text' }, '/variables --key=k --value="text"'],
  [
    '2.10.3',
    'POST /dags/~/dagRuns/list',
    { dag_ids: ['a', 'b'], page_limit: 2 },
    '/dags/~/dagRuns/list --page_limit=2 --dag_ids=a --dag_ids=b',
  ],
])('%s: %s %j is %s', (airflow, line, body, words) => {
  const invocation = invoke(airflow, line, body);
  expect(renderOperation(invocation).slice(2).join(' ')).toBe(words);
  expect(invocation.addedByProxy.size).toBe(0);
});

test('a message names an operation by its method and path, and a command by its words', () => {
  const invocation = invoke('2.10.3', 'PATCH /dags/a', { is_paused: false });
  expect(formatRequestName(invocation)).toBe('api PATCH /dags/a');
  const command = CATALOGS.read('2.10.3').commands.find(({ path }) => path.join(' ') === 'dags pause')!;
  expect(isOperation(command)).toBe(false);
  expect(formatRequestName({ command, values: new Map(), addedByProxy: new Set() })).toBe('dags pause');
});

test('no operation has a parameter and a member of its body with the same name: rules see one of them', () => {
  for (const airflow of CATALOGS.releases()) {
    for (const [{ method, path }, command] of CATALOGS.readOperations(airflow)?.commands ?? []) {
      const names = command.arguments.map(({ dest }) => dest);
      expect(names.length, `${airflow} ${method} ${path}`).toBe(new Set(names).size);
    }
  }
});
