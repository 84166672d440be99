import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import { REST_FUNCTION } from '../../contract/function-names.ts';
import {
  EVENT_METRICS,
  METRICS_NAMESPACE,
  RELAY_METRICS,
  REQUEST_EVENTS,
  REQUEST_METRICS,
} from '../../contract/metric-names.ts';
import { writeEvent } from '../../lambda/events/event-log.ts';
import { writeRequest } from '../../lambda/front/front-log.ts';
import { writeIntent, writeOutcome } from '../../lambda/relay/relay-log.ts';
import { ACCESS_LOG_FIELDS } from '../../lib/api/access-log-fields.ts';
import { SAVED_QUERIES, type SavedQuery } from '../../lib/operations/saved-queries.ts';
import { EVENT_CONFIG } from '../fixtures/event-config.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, synthesizeConfig } from './synthesize-config.ts';

/** All metrics that the front and the relays write. */
const METRICS = { ...REQUEST_METRICS, ...REQUEST_EVENTS, ...RELAY_METRICS, ...EVENT_METRICS };
const synthesized = synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`));
/** `prod` offers the REST API. */
const withRest = synthesizeConfig(
  TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`).replace(
    'mwaaName: analytics',
    'mwaaName: analytics\n    rest: true',
  ),
);
const withEvents = synthesizeConfig(EVENT_CONFIG);
const alarms = synthesized.resources('AWS::CloudWatch::Alarm');
const runbookPage = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** Lists the headings of the page that alarms link to. */
const listHeadings = (text: string) => [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

/** Finds links of alarms without a heading, and headings without an alarm. */
function findUnmatchedHeadings(descriptions: readonly string[], text: string): string[] {
  const anchors = descriptions.map(
    (description) => / docs\/operations\.md#([\w-]+)$/.exec(description)?.[1] ?? description,
  );
  const headings = listHeadings(text);
  return [
    ...anchors.filter((anchor) => !headings.includes(anchor)),
    ...headings.filter((heading) => !anchors.includes(heading ?? '')),
  ] as string[];
}

describe('alarms', () => {
  const descriptions = alarms.map(({ Properties }) => Properties.AlarmDescription);
  const eventAlarms = withEvents
    .resources('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties)
    .filter(({ AlarmDescription }) => /^(?:event:|Events:)/.test(AlarmDescription));
  /** All of a deployment with the REST API and events. */
  const allDescriptions = [
    ...withRest.resources('AWS::CloudWatch::Alarm').map((alarm) => alarm.Properties.AlarmDescription),
    ...eventAlarms.map(({ AlarmDescription }) => AlarmDescription),
  ];
  const listRestAlarms = () =>
    withRest
      .resources('AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => !descriptions.includes(Properties.AlarmDescription));

  test('there are eight for each enabled environment, and five for the API', () => {
    const countAlarms = (subject: string) => descriptions.filter((text) => text.startsWith(`${subject}: `)).length;

    expect([countAlarms('prod'), countAlarms('next'), countAlarms('API'), countAlarms('dormant')]).toEqual([
      8, 8, 5, 0,
    ]);
  });

  test('there are two more for an environment with the REST API: of its relay, and of how long its requests take', () => {
    const added = listRestAlarms().map(({ Properties }) => Properties);
    expect(added.map(({ MetricName }) => MetricName).sort()).toEqual(['Errors', 'RestDuration']);
    const [restRelay] = withRest
      .resources('AWS::Lambda::Function')
      .filter(({ Properties }) => Properties.Handler === REST_FUNCTION.handler);
    const errors = added.find(({ MetricName }) => MetricName === 'Errors');
    expect(formatIntrinsics(errors.Dimensions)).toContain(restRelay!.id);
    expect(added.find(({ MetricName }) => MetricName === 'RestDuration').Dimensions).toEqual([
      { Name: 'environment', Value: 'prod' },
    ]);
  });

  test('there are four for each event, disabled ones too, and one for the function', () => {
    expect(eventAlarms).toHaveLength(4 * 4 + 1);
    const orders = eventAlarms.filter(({ AlarmDescription }) => AlarmDescription.startsWith('event:orders: '));
    const names = { deadLetterQueue: 'MwaaCliProxy-720caab7-dead-orders', queue: 'MwaaCliProxy-720caab7-event-orders' };
    expect(
      orders.map(({ Namespace, MetricName, Dimensions, Threshold }) => ({
        Namespace,
        MetricName,
        Dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Record<string, string>) => [Name, Value])),
        Threshold,
      })),
    ).toEqual(
      expect.arrayContaining([
        {
          Namespace: 'AWS/SQS',
          MetricName: 'ApproximateNumberOfMessagesVisible',
          Dimensions: { QueueName: names.deadLetterQueue },
          Threshold: 1,
        },
        // A quarter of giveUpHours: 2
        {
          Namespace: METRICS_NAMESPACE,
          MetricName: 'EventAge',
          Dimensions: { environment: 'next', event: 'orders' },
          Threshold: 1_800_000,
        },
        {
          Namespace: 'AWS/SQS',
          MetricName: 'ApproximateAgeOfOldestMessage',
          Dimensions: { QueueName: names.queue },
          Threshold: 1800,
        },
        {
          Namespace: 'AWS/Events',
          MetricName: 'InvocationsFailedToBeSentToDlq',
          Dimensions: { EventBusName: 'orders', RuleName: names.queue },
          Threshold: 1,
        },
      ]),
    );
  });

  test('each has a heading in docs/operations.md, and each heading has an alarm', () => {
    expect(findUnmatchedHeadings(allDescriptions, runbookPage)).toEqual([]);
  });

  test('the check finds a planted alarm without a heading, and a heading without an alarm', () => {
    expect(findUnmatchedHeadings([...allDescriptions, 'x: y. docs/operations.md#nowhere'], runbookPage)).toEqual([
      'nowhere',
    ]);
    expect(findUnmatchedHeadings([...allDescriptions, 'an alarm that links to nothing'], runbookPage)).toHaveLength(1);
    expect(findUnmatchedHeadings(allDescriptions, `${runbookPage}\n### of-nothing\n`)).toEqual(['of-nothing']);
  });

  test('link to the configured runbook, and notify the topics', () => {
    const topic = 'arn:aws:sns:ap-southeast-2:111122223333:oncall';
    const { resources } = synthesizeConfig(
      `${TWO_ENVIRONMENTS}operations: { runbook: "https://wiki.example.com/airflow", alarmTopics: ["${topic}"] }\n`,
    );
    for (const { Properties } of resources('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmDescription).toMatch(/ https:\/\/wiki\.example\.com\/airflow#[\w-]+$/);
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topic], [topic]]);
    }
  });

  test('of an environment use metrics that the front or its relay writes', () => {
    const relayAlarms = alarms.filter(({ Properties }) => Properties.Namespace === METRICS_NAMESPACE);

    expect(relayAlarms).toHaveLength(14);
    for (const { Properties } of relayAlarms) {
      expect(Object.keys(METRICS)).toContain(Properties.MetricName);
      const [subject] = Properties.AlarmDescription.split(':');
      expect(Properties.Dimensions).toEqual([{ Name: 'environment', Value: subject }]);
    }
  });

  // An unverified outcome is ordinary for many commands.
  test('use every event of a request but unverified outcomes', () => {
    const metricNames = new Set(alarms.map(({ Properties }) => Properties.MetricName));
    for (const name of Object.keys(REQUEST_EVENTS).filter((event) => event !== 'Unverified'))
      expect(metricNames).toContain(name);
  });

  test('are raised if Lambda throttles the front, and not if it throttles a relay, whose callers wait', () => {
    const throttled = alarms.filter(({ Properties }) => Properties.MetricName === 'Throttles');

    expect(throttled.map(({ Properties }) => Properties.AlarmDescription)).toEqual([
      expect.stringMatching(/^API: .*#front-throttles$/),
    ]);
  });

  test('only the health alarms notify when data stops, and no alarm treats missing data as breaching', () => {
    const topic = 'arn:aws:sns:ap-southeast-2:111122223333:oncall';
    const { resources } = synthesizeConfig(`${TWO_ENVIRONMENTS}operations: { alarmTopics: ["${topic}"] }\n`);
    const properties = resources('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const notifying = properties.filter(({ InsufficientDataActions }) => InsufficientDataActions !== undefined);

    expect(notifying.map(({ MetricName, TreatMissingData }) => `${MetricName} ${TreatMissingData}`)).toEqual([
      'Healthy missing',
      'Healthy missing',
    ]);
    expect(properties.filter(({ TreatMissingData }) => TreatMissingData === 'breaching')).toEqual([]);
  });
});

describe('the health schedule', () => {
  test('sends each relay the health event, without retries or delays', () => {
    const rules = synthesized.resources('AWS::Events::Rule');
    const targets = rules.map(({ Properties }) => Properties.Targets[0]);

    expect(targets.map(({ Arn }) => formatIntrinsics(Arn))).toEqual(
      ['prod', 'next'].map((name) => `<${synthesized.relay(name).function.id}.Arn>`),
    );
    for (const { Input, RetryPolicy } of targets) {
      expect(JSON.parse(Input)).toEqual(SCHEDULED_HEALTH_EVENT);
      expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
    }
    const configs = synthesized.resources('AWS::Lambda::EventInvokeConfig');
    expect(configs.map(({ Properties }) => formatIntrinsics(Properties.FunctionName))).toEqual(
      ['prod', 'next'].map((name) => `<${synthesized.relay(name).function.id}>`),
    );
    for (const { Properties } of configs) {
      expect(Properties).toMatchObject({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
    }
  });
});

const EVENT_RECORD = {
  route: 'event',
  event: 'landing',
  eventId: 'i',
  disposition: 'later',
  result: 'busy',
  receiveCount: 1,
  ageMs: 1,
  delaySeconds: 1,
} as const;
const SEND_TRACE = { sent: true, upstreamStatus: 200, posts: 1, postMs: 5, tokenAgeMs: 1 };

describe('saved queries', () => {
  /** Lists the members that the lines of each log can have. */
  function listLogMembers(): Record<string, ReadonlySet<string>> {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const record = {
      requestId: 'r',
      extendedRequestId: 'x',
      lambdaRequestId: 'l',
      environment: 'e',
      caller: 'c',
      command: ['dags'],
      decision: 'allowed',
      grant: 'g',
      grantLine: 1,
      queuedMs: 1,
      status: 200,
      durationMs: 1,
    } as const;
    const collect = (write: () => void) => {
      log.mockClear();
      write();
      return new Set(log.mock.calls.flatMap(([line]) => Object.keys(JSON.parse(line))));
    };
    const members = {
      front: collect(() => writeRequest({ ...record, route: 'cli', result: 'busy', throttles: 1 }, 0)),
      relays: collect(() => {
        writeIntent(record);
        writeOutcome({ ...record, outcome: 'o', problem: 'p', trace: SEND_TRACE }, 0);
      }),
      accessLog: new Set(Object.keys(ACCESS_LOG_FIELDS)),
      events: collect(() => writeEvent({ ...record, ...EVENT_RECORD }, 0)),
    };
    log.mockRestore();
    return members;
  }

  /** Lists the fields in a query, without its keywords, functions, strings, and aliases. */
  const listFields = (commands: readonly string[]) => {
    const aliases = commands.flatMap((command) => [...command.matchAll(/ as (\w+)/g)].map(([, alias]) => alias));
    const words = commands
      .join(' ')
      .replaceAll(/"[^"]*"/g, '')
      .matchAll(/(?<![@\w.])[a-zA-Z]\w*(?=(?:\.\d+)?\b)/g);
    const keywords = [
      'fields',
      'filter',
      'sort',
      'limit',
      'stats',
      'desc',
      'by',
      'as',
      'and',
      'or',
      'in',
      'count',
      'latest',
      'max',
      'ispresent',
    ];
    return [...words].map(([word]) => word).filter((word) => !keywords.includes(word) && !aliases.includes(word));
  };

  /** Lists the fields of a query that none of the logs that it reads has. */
  const findUnknownFields = ({ logs, commands }: Pick<SavedQuery, 'logs' | 'commands'>) => {
    const members = listLogMembers();
    return listFields(commands).filter((field) => !logs.some((name) => members[name]?.has(field)));
  };

  test.each(SAVED_QUERIES)('$name uses fields of the logs that it reads', (query) => {
    expect(findUnknownFields(query)).toEqual([]);
    expect(listFields(query.commands).length).toBeGreaterThan(0);
  });

  test('the check finds a planted unknown field, and a field of another log', () => {
    const planted = ['filter outcom = "failed"', 'stats count(*) as n by caller, postMs'];

    expect(findUnknownFields({ logs: ['relays'], commands: planted })).toEqual(['outcom']);
    expect(findUnknownFields({ logs: ['front'], commands: planted })).toEqual(['outcom', 'postMs']);
  });

  test.each([
    ['without events', synthesized, SAVED_QUERIES.filter(({ logs }) => !logs.includes('events'))],
    ['with events', withEvents, SAVED_QUERIES],
  ])('read one log group each of the front, the relays, the API, and events: %s', (_what, { resources }, expected) => {
    const queries = resources('AWS::Logs::QueryDefinition').map(({ Properties }) => Properties);
    const findGroup = (text: string) => resources('AWS::Logs::LogGroup').find(({ id }) => id.includes(text))?.id;
    const groups = {
      front: findGroup('Front'),
      relays: findGroup('RelayLog'),
      accessLog: findGroup('AccessLog'),
      events: findGroup('Events'),
    };

    expect(queries.map(({ Name, LogGroupNames }) => [Name, LogGroupNames.map(formatIntrinsics)])).toEqual(
      expected.map(({ name, logs }) => [`MwaaCliProxy/${name}`, logs.map((log) => `<${groups[log]}>`)]),
    );
  });
});

test('the dashboard uses metrics that the functions write', () => {
  const body = formatIntrinsics(withEvents.resources('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
  const metricNames = [...body.matchAll(/MetricName=\\+"(\w+)\\+"/g)].map(([, name]) => name);

  expect(metricNames.length).toBeGreaterThan(8);
  for (const name of metricNames) expect(Object.keys(METRICS)).toContain(name);
});
