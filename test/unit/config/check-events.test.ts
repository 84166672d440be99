import { expect, test } from 'vitest';
import { listConfigErrors, parseTestConfig } from '../../fixtures/parse-test-config.ts';

const createConfig = (event: string, others = '') => `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
operations: { alarmTopics: [] }
environments:
  prod: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 }${others} }
grants:
  - { who: event:landing, where: prod, may: ["dags trigger ingest --conf=*", "dags trigger a", dags list] }
events:
  landing:
    environment: prod
    pattern: { source: [shop] }
${event}`;
const withRun = (run: string) => createConfig(`    run: ${run}`);
const withoutPattern = (event: string) => createConfig(event).replace(/ {4}pattern.*\n/, '');

test.each<[what: string, text: string]>([
  ['a trigger without values', withRun('dags trigger a')],
  [
    'a trigger with values in JSON',
    withRun(`dags trigger ingest --conf='{"file":"{key}","all":["{detail.items.0}"]}'`),
  ],
  ['a whole detail', withRun('dags trigger ingest --conf={detail}')],
  ['words', withRun(`[dags, trigger, ingest, --conf, '{"id":"{id}"}']`)],
  ['a command that changes nothing', withRun('dags list')],
  ['a schedule', withoutPattern('    schedule: rate(1 hour)\n    run: dags trigger a')],
  ['matchers', withRun('dags trigger a').replace('[shop]', '[{ prefix: s }, { anything-but: [t] }]')],
  [
    'alternatives',
    withRun('dags trigger a').replace('source:', '$or: [{ source: [a] }, { detail-type: [b] }], source:'),
  ],
  ['values that tell events apart', createConfig('    run: dags trigger a\n    sameEvent: [detail.order.id, time]')],
])('accepts %s', (_what, text) => {
  expect(parseTestConfig(text).warnings).toEqual([]);
});

test.each<[what: string, text: string, ...errors: string[]]>([
  [
    'another environment',
    withRun('dags trigger a').replace('environment: prod', 'environment: prid'),
    '10:18  events.landing.environment  there is no valid environment "prid". Did you mean "prod"?',
  ],
  [
    'a pattern whose leaf is no list',
    withRun('dags trigger a').replace('[shop]', 'shop'),
    '11:24  events.landing.pattern.source  write a list of values, like ["shop"]',
  ],
  [
    'a pattern with an empty list',
    withRun('dags trigger a').replace('[shop]', '[]'),
    '11:16  events.landing.pattern.source  list at least one value',
  ],
  [
    'an empty pattern',
    withRun('dags trigger a').replace('{ source: [shop] }', '{}'),
    '11:5  events.landing.pattern  write at least one field, like source: [aws.s3]',
  ],
  [
    'neither pattern nor schedule',
    withoutPattern('    run: dags trigger a'),
    '9:3  events.landing.pattern  write either pattern or schedule',
  ],
  [
    'pattern and schedule',
    createConfig('    schedule: rate(1 hour)\n    run: dags trigger a'),
    '11:5  events.landing.pattern  write either pattern or schedule',
  ],
  [
    'a schedule that is none',
    withoutPattern('    schedule: hourly\n    run: dags trigger a'),
    '11:15  events.landing.schedule  expected an expression of EventBridge, like rate(1 hour), rate(2 hours) or cron(0 6 * * ? *)',
  ],
  [
    'a rate in the wrong number',
    withoutPattern('    schedule: rate(1 hours)\n    run: dags trigger a'),
    '11:15  events.landing.schedule  expected an expression of EventBridge, like rate(1 hour), rate(2 hours) or cron(0 6 * * ? *)',
  ],
  [
    'a cron of Unix',
    withoutPattern('    schedule: cron(0 6 * * *)\n    run: dags trigger a'),
    expect.stringContaining('11:15  events.landing.schedule  cron of EventBridge has six fields'),
  ],
  [
    'a schedule on a bus',
    withoutPattern('    schedule: rate(1 hour)\n    bus: orders\n    run: dags trigger a'),
    '12:10  events.landing.bus  EventBridge has schedules on the default bus only. Remove bus',
  ],
  [
    'a placeholder that is none',
    withRun('dags trigger {user}'),
    '12:10  events.landing.run  {user} is not a placeholder. Placeholders: {bucket}, {key}, {time}, {id}, {detail}, and paths like {detail.order.id}',
  ],
  [
    'a placeholder that a schedule has not',
    withoutPattern('    schedule: rate(1 hour)\n    run: dags trigger {key}'),
    '12:10  events.landing.run  {key} is not a placeholder. Placeholders of a schedule: {time}, {id}',
  ],
  [
    'a part of a word',
    withRun('dags trigger ingest_{key}'),
    '12:10  events.landing.run  {key} in ingest_{key} is only a part of a value. A placeholder stands for a whole word, a whole value of an option, or a whole string in JSON',
  ],
  [
    'a command of another release',
    withRun('assets list'),
    expect.stringMatching(/^12:10 {2}events\.landing\.run {2}.*assets/) as never,
  ],
  [
    'a placeholder where no value is valid',
    withRun('dags list {key}'),
    expect.stringMatching(/^12:10 {2}events\.landing\.run {2}Unexpected argument/) as never,
  ],
  [
    'a trigger with a run id',
    withRun('dags trigger a --run-id={id}'),
    '12:10  events.landing.run  The proxy makes the run id from the event, so that a repeated event is the same run. Remove --run-id, and use sameEvent to say which events are the same',
  ],
  [
    'a command whose repeat has a second effect',
    withRun('tasks clear a --yes'),
    '12:10  events.landing.run  Events may arrive twice, and a repeat of "tasks clear" has a second effect. Trigger a DAG instead, whose task runs it',
  ],
  [
    'a value that is none',
    createConfig('    run: dags trigger a\n    sameEvent: [orderId]'),
    '13:17  events.landing.sameEvent[0]  orderId is not a value of the event. Placeholders: {bucket}, {key}, {time}, {id}, {detail}, and paths like {detail.order.id}',
  ],
  [
    'more slots than MWAA has',
    createConfig('    run: dags trigger a', ', concurrency: 3, eventConcurrency: 2'),
    expect.stringMatching(
      /^5:\d+ {2}environments\.prod\.concurrency {2}MWAA runs about 4 commands .* Lower concurrency or eventConcurrency/,
    ) as never,
  ],
  [
    'a name with capitals',
    withRun('dags trigger a').replace('  landing:', '  Landing:'),
    '9:3  events.Landing  the key is not valid: expected a name with lowercase letters, digits, and hyphens, like landing-files',
  ],
])('rejects %s', (_what, text, ...errors) => {
  expect(listConfigErrors(text)).toEqual(errors);
});

test.each<[what: string, text: string, warnings: unknown[]]>([
  [
    'an event without a grant for its command',
    withRun('dags trigger b'),
    [
      /^12:10 {2}events\.landing\.run {2}no grant allows event:landing to run this in "prod", so every event will go to the dead-letter queue\. Add a grant with who: event:landing and a rule for dags trigger$/,
    ],
  ],
  ['an event with values and no grant for its command', withRun('dags pause {key}'), [/a rule for dags pause$/]],
  ['a grant without an option of the command', withRun(`dags trigger a --conf='{"k":"{key}"}'`), [/no grant allows/]],
  [
    'a value that differs in a repeat',
    withRun(`dags trigger ingest --conf='{"k":"{id}"}'\n    sameEvent: [detail.a]`),
    [/\{id\} can differ .* or list it in sameEvent$/],
  ],
  ['a disabled event without a grant', createConfig('    enabled: false\n    run: dags trigger b'), []],
  [
    'the grant of another environment',
    withRun('dags trigger a').replace('where: prod, may', 'where: prod, enabled: false, may'),
    [/no grant allows/],
  ],
])('warns about %s', (_what, text, warnings) => {
  expect(
    parseTestConfig(text).warnings.map(({ line, column, path, message }) => `${line}:${column}  ${path}  ${message}`),
  ).toEqual(warnings.map((warning) => expect.stringMatching(warning as RegExp)));
});

test('without events, an environment may have all slots', () => {
  const [start] = createConfig('', ', concurrency: 10').split('events:');
  expect(listConfigErrors(start!.replaceAll('event:landing', 'arn:aws:iam::111122223333:role/a'))).toEqual([]);
});
