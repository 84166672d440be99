import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { parseDocument } from 'yaml';
import { checkGrants } from '../../config/check-grants.ts';
import { PROBLEM_DISPOSITIONS } from '../../lambda/events/event-dispositions.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';
import { createTestEvents, S3_EVENT } from './lambda/events/events-fixture.ts';
import { readTable } from './markdown.ts';

const PAGE = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

vi.spyOn(console, 'log').mockImplementation(() => {});

/** The examples of the page as one configuration. */
function readExamples(): string {
  const examples = [...PAGE.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => parseDocument(text).toJS());
  expect(examples.length).toBe(2);
  return JSON.stringify({
    region: 'ap-southeast-2',
    api: { callers: { accounts: ['111122223333'] } },
    operations: { alarmTopics: [] },
    environments: {
      'analytics-prod': {
        airflow: '2.10.3',
        vpc: { id: 'vpc-1', subnets: ['subnet-1'], webServerSecurityGroup: 'sg-1' },
      },
    },
    events: Object.assign({}, ...examples.map(({ events }) => events)),
    grants: examples.flatMap(({ grants }) => grants),
  });
}

test('the examples of docs/events.md are valid, and have no warnings', () => {
  expect(parseTestConfig(readExamples(), checkGrants).warnings).toEqual([]);
});

const withDetail = (detail: object, others: object = {}) => ({ ...S3_EVENT, source: 'shop', ...others, detail });

test.each<[event: string, body: object, command: string]>([
  [
    'landing',
    withDetail(
      { bucket: { name: 'landing' }, object: { key: 'incoming/2026/orders.csv', sequencer: '0a' } },
      { source: 'aws.s3' },
    ),
    'dags trigger ingest --conf={"bucket":"landing","file":"incoming/2026/orders.csv"}',
  ],
  [
    'nightly',
    withDetail({}, { time: '2026-11-29T06:00:00Z' }),
    'dags trigger nightly_report --conf={"at":"2026-11-29T06:00:00Z"}',
  ],
  [
    'orders',
    withDetail({ order: { id: 7, items: ['a b'] } }),
    'dags trigger bill_order --conf={"id":7,"items":["a b"]}',
  ],
  ['release', withDetail({ version: '1.2.3' }), 'variables set deployed_version 1.2.3'],
])('the example %s of docs/events.md runs', async (event, body, command) => {
  const { receive, requests } = createTestEvents({ config: readExamples() });

  expect(await receive({ event, body })).toEqual({ batchItemFailures: [] });
  expect(requests.map(({ action }) => action.argv.join(' '))).toEqual([command]);
  expect(requests[0]?.action.idempotencyKey === undefined).toBe(event === 'release');
});

test('docs/events.md says which command the first example runs', () => {
  expect(PAGE).toContain('runs `dags trigger ingest --conf={"bucket":"landing","file":"incoming/2026/orders.csv"}`');
});

/** Problems that no event has: those of other routes, and of API Gateway. */
const OTHERS = [
  'unsupported-media-type',
  'not-signed',
  'not-authenticated',
  'caller-refused',
  'invalid-call',
  'no-such-operation',
  'run-not-found',
  'role-refused',
  'call-refused',
  'unhealthy',
  'throttled',
  'authorizer-failed',
  'quota-exceeded',
  'gateway-refused',
  'gateway-error',
  'gateway-timeout',
];

test('docs/events.md has the table of what becomes of an event', () => {
  const rows = Object.entries(PROBLEM_DISPOSITIONS)
    .filter(([code]) => !OTHERS.includes(code))
    .map(([code, disposition]) => [`\`${code}\``, disposition]);
  expect(readTable(PAGE, 'problem').filter(([, next]) => ['later', 'never'].includes(next ?? ''))).toEqual(rows);
});
