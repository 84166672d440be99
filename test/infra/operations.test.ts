import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import { ALARM_METRICS, METRICS_NAMESPACE, REQUEST_METRICS } from '../../contract/metric-names.ts';
import { writeAuditIntent, writeAuditOutcome } from '../../lambda/relay/audit-log.ts';
import type { AuditRecord } from '../../lambda/relay/audit-record.ts';
import { ACCESS_LOG_FIELDS } from '../../lib/api/access-log-fields.ts';
import { ACCESS_LOG_QUERIES, RELAY_QUERIES } from '../../lib/operations/saved-queries.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, synthesizeConfig } from './synthesize-config.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`));
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

  test('there are ten for each enabled environment, and four for the API', () => {
    const countAlarms = (subject: string) => descriptions.filter((text) => text.startsWith(`${subject}: `)).length;

    expect([countAlarms('prod'), countAlarms('next'), countAlarms('API'), countAlarms('dormant')]).toEqual([
      10, 10, 4, 0,
    ]);
  });

  test('each has a heading in docs/operations.md, and each heading has an alarm', () => {
    expect(findUnmatchedHeadings(descriptions, runbookPage)).toEqual([]);
  });

  test('the check finds a planted alarm without a heading, and a heading without an alarm', () => {
    expect(findUnmatchedHeadings([...descriptions, 'x: y. docs/operations.md#nowhere'], runbookPage)).toEqual([
      'nowhere',
    ]);
    expect(findUnmatchedHeadings([...descriptions, 'an alarm that links to nothing'], runbookPage)).toHaveLength(1);
    expect(findUnmatchedHeadings(descriptions, `${runbookPage}\n### of-nothing\n`)).toEqual(['of-nothing']);
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

  test('of an environment use metrics that its relay writes', () => {
    const relayAlarms = alarms.filter(({ Properties }) => Properties.Namespace === METRICS_NAMESPACE);

    expect(relayAlarms).toHaveLength(16);
    for (const { Properties } of relayAlarms) {
      expect(Object.keys({ ...REQUEST_METRICS, ...ALARM_METRICS })).toContain(Properties.MetricName);
      const [subject] = Properties.AlarmDescription.split(':');
      expect(Properties.Dimensions).toEqual([{ Name: 'environment', Value: subject }]);
    }
  });

  test('use every metric in ALARM_METRICS', () => {
    const metricNames = new Set(alarms.map(({ Properties }) => Properties.MetricName));
    for (const name of Object.keys(ALARM_METRICS)) expect(metricNames).toContain(name);
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

  test('each rule may invoke only its own relay', () => {
    const permissions = synthesized
      .resources('AWS::Lambda::Permission')
      .filter(({ Properties }) => Properties.Principal === 'events.amazonaws.com')
      .map(
        ({ Properties }) => `${formatIntrinsics(Properties.FunctionName)} ${formatIntrinsics(Properties.SourceArn)}`,
      );
    const expected = synthesized
      .resources('AWS::Events::Rule')
      .map(({ id, Properties }) => `${formatIntrinsics(Properties.Targets[0].Arn)} <${id}.Arn>`);

    expect(permissions).toEqual(expected);
  });
});

describe('saved queries', () => {
  /** Lists the members that a line of the audit log can have. */
  function listAuditMembers(): Set<string> {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const trace = { sent: true, upstreamStatus: 200, posts: 1, postMs: 5, tokenAgeMs: 1 };
    const record: AuditRecord = {
      requestId: 'r',
      lambdaRequestId: 'l',
      environment: 'e',
      caller: 'c',
      command: ['dags'],
      decision: 'allowed',
      grant: 'g',
      grantLine: 1,
      outcome: 'o',
      problem: 'p',
      status: 200,
      durationMs: 1,
      trace,
    };
    writeAuditIntent(record);
    writeAuditOutcome(record, 0);
    const members = log.mock.calls.flatMap(([line]) => Object.keys(JSON.parse(line)));
    log.mockRestore();
    return new Set(members);
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
      'in',
      'count',
      'latest',
      'ispresent',
    ];
    return [...words].map(([word]) => word).filter((word) => !keywords.includes(word) && !aliases.includes(word));
  };

  test.each(RELAY_QUERIES)('$name uses fields of the audit log', ({ commands }) => {
    const members = listAuditMembers();
    expect(listFields(commands).filter((field) => !members.has(field))).toEqual([]);
    expect(listFields(commands).length).toBeGreaterThan(0);
  });

  test.each(ACCESS_LOG_QUERIES)('$name uses fields of the access log', ({ commands }) => {
    expect(listFields(commands).filter((field) => !(field in ACCESS_LOG_FIELDS))).toEqual([]);
  });

  test('the check finds a planted unknown field', () => {
    expect(
      listFields(['filter outcom = "failed"', 'stats count(*) as n by caller']).filter(
        (field) => !listAuditMembers().has(field),
      ),
    ).toEqual(['outcom']);
  });

  test('read the log groups of all relays, and the access log', () => {
    const queries = synthesized.resources('AWS::Logs::QueryDefinition').map(({ Properties }) => Properties);

    expect(queries).toHaveLength(7);
    expect(queries[0]?.LogGroupNames).toHaveLength(2);
    expect(queries[0]?.Name).toBe('MwaaCliProxy/who ran what');
    expect(queries.at(-1)?.LogGroupNames.map(formatIntrinsics)[0]).toContain('AccessLog');
  });
});

test('the dashboard uses metrics that the relays write', () => {
  const body = formatIntrinsics(synthesized.resources('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
  const metricNames = [...body.matchAll(/MetricName=\\+"(\w+)\\+"/g)].map(([, name]) => name);

  expect(metricNames.length).toBeGreaterThan(8);
  for (const name of metricNames) expect(Object.keys({ ...REQUEST_METRICS, ...ALARM_METRICS })).toContain(name);
});
