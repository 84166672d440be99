import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import { ALARM_METRICS, METRICS_NAMESPACE, REQUEST_METRICS } from '../../contract/metric-names.ts';
import { writeAuditIntent, writeAuditOutcome } from '../../lambda/relay/audit-log.ts';
import type { AuditRecord } from '../../lambda/relay/audit-record.ts';
import { ACCESS_LOG_FIELDS } from '../../lib/api/access-log-fields.ts';
import { ACCESS_LOG_QUERIES, RELAY_QUERIES } from '../../lib/operations/saved-queries.ts';
import { formatIntrinsics, synthesizeConfig } from './synthesize-config.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from './two-environments.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`));
const alarms = synthesized.resources('AWS::CloudWatch::Alarm');
const runbookPage = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The headings that alarms link to, as they stand in the page. */
const listHeadings = (text: string) => [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

/** What does not fit: links of alarms without a heading, headings without an alarm. */
function findUnmatchedHeadings(descriptions: readonly string[], text: string): string[] {
  const linked = descriptions.map(
    (description) => / docs\/operations\.md#([\w-]+)$/.exec(description)?.[1] ?? description,
  );
  const there = listHeadings(text);
  return [
    ...linked.filter((one) => !there.includes(one)),
    ...there.filter((one) => !linked.includes(one ?? '')),
  ] as string[];
}

describe('alarms', () => {
  const descriptions = alarms.map(({ Properties }) => Properties.AlarmDescription);

  test('there are ten for each environment that is on, and four for the API', () => {
    const of = (subject: string) => descriptions.filter((text) => text.startsWith(`${subject}: `)).length;

    expect([of('prod'), of('next'), of('API'), of('dormant')]).toEqual([10, 10, 4, 0]);
  });

  test('each has its heading in docs/operations.md, and each heading its alarm', () => {
    expect(findUnmatchedHeadings(descriptions, runbookPage)).toEqual([]);
  });

  test('a planted alarm without a heading is found, and a heading without an alarm', () => {
    expect(findUnmatchedHeadings([...descriptions, 'x: y. docs/operations.md#nowhere'], runbookPage)).toEqual([
      'nowhere',
    ]);
    expect(findUnmatchedHeadings([...descriptions, 'an alarm that links to nothing'], runbookPage)).toHaveLength(1);
    expect(findUnmatchedHeadings(descriptions, `${runbookPage}\n### of-nothing\n`)).toEqual(['of-nothing']);
  });

  test('link to where the page is read, and tell the topics', () => {
    const topic = 'arn:aws:sns:ap-southeast-2:111122223333:oncall';
    const { resources } = synthesizeConfig(
      `${TWO_ENVIRONMENTS}operations: { runbook: "https://wiki.example.com/airflow", alarmTopics: ["${topic}"] }\n`,
    );
    for (const { Properties } of resources('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmDescription).toMatch(/ https:\/\/wiki\.example\.com\/airflow#[\w-]+$/);
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topic], [topic]]);
    }
  });

  test('watch metrics that the relay of the same environment writes', () => {
    const ours = alarms.filter(({ Properties }) => Properties.Namespace === METRICS_NAMESPACE);

    expect(ours).toHaveLength(16);
    for (const { Properties } of ours) {
      expect(Object.keys({ ...REQUEST_METRICS, ...ALARM_METRICS })).toContain(Properties.MetricName);
      const [subject] = Properties.AlarmDescription.split(':');
      expect(Properties.Dimensions).toEqual([{ Name: 'environment', Value: subject }]);
    }
  });

  test('every event that is counted for them is watched', () => {
    const watched = new Set(alarms.map(({ Properties }) => Properties.MetricName));
    for (const name of Object.keys(ALARM_METRICS)) expect(watched).toContain(name);
  });

  test('a health check that is not heard of is an alarm; of anything else no data is good news', () => {
    const breaching = alarms.filter(({ Properties }) => Properties.TreatMissingData === 'breaching');
    expect(breaching.map(({ Properties }) => Properties.MetricName)).toEqual(['Healthy', 'Healthy']);
  });
});

describe('the schedule', () => {
  test('sends each relay the one event that it takes, and nothing is repeated or kept waiting', () => {
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

  test('each rule may invoke its own relay, and no other', () => {
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
  /** Every member that a line may have. */
  function membersOfLines(): Set<string> {
    const written = vi.spyOn(console, 'log').mockImplementation(() => {});
    const trace = { sent: true, upstreamStatus: 200, posts: 1, postMs: 5, tokenAgeMs: 1 };
    const record: AuditRecord = {
      ...{
        requestId: 'r',
        lambdaRequestId: 'l',
        environment: 'e',
        caller: 'c',
        command: ['dags'],
        decision: 'allowed',
      },
      ...{ grant: 'g', grantLine: 1, outcome: 'o', problem: 'p', status: 200, durationMs: 1, trace },
    };
    writeAuditIntent(record);
    writeAuditOutcome(record, 0);
    const members = written.mock.calls.flatMap(([line]) => Object.keys(JSON.parse(line)));
    written.mockRestore();
    return new Set(members);
  }

  /** The fields that a query names: not its commands, functions and texts. */
  const fieldsOf = (lines: readonly string[]) => {
    const named = lines.flatMap((line) => [...line.matchAll(/ as (\w+)/g)].map(([, name]) => name));
    const words = lines
      .join(' ')
      .replaceAll(/"[^"]*"/g, '')
      .matchAll(/(?<![@\w.])[a-zA-Z]\w*(?=(?:\.\d+)?\b)/g);
    const grammar = [
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
    return [...words].map(([word]) => word).filter((word) => !grammar.includes(word) && !named.includes(word));
  };

  test.each(Object.entries(RELAY_QUERIES))('%s asks for members that the lines have', (_name, lines) => {
    const members = membersOfLines();
    expect(fieldsOf(lines).filter((field) => !members.has(field))).toEqual([]);
    expect(fieldsOf(lines).length).toBeGreaterThan(0);
  });

  test.each(Object.entries(ACCESS_LOG_QUERIES))('%s asks for members of the access log', (_name, lines) => {
    expect(fieldsOf(lines).filter((field) => !(field in ACCESS_LOG_FIELDS))).toEqual([]);
  });

  test('a planted field that no line has is found', () => {
    expect(
      fieldsOf(['filter outcom = "failed"', 'stats count(*) as n by caller']).filter(
        (one) => !membersOfLines().has(one),
      ),
    ).toEqual(['outcom']);
  });

  test('they read the log groups of every relay, and the access log', () => {
    const queries = synthesized.resources('AWS::Logs::QueryDefinition').map(({ Properties }) => Properties);

    expect(queries).toHaveLength(7);
    expect(queries[0]?.LogGroupNames).toHaveLength(2);
    expect(queries[0]?.Name).toBe('MwaaCliProxy/who ran what');
    expect(queries.at(-1)?.LogGroupNames.map(formatIntrinsics)[0]).toContain('AccessLog');
  });
});

test('the dashboard shows metrics that the relays write', () => {
  const body = formatIntrinsics(synthesized.resources('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
  const searched = [...body.matchAll(/MetricName=\\+"(\w+)\\+"/g)].map(([, name]) => name);

  expect(searched.length).toBeGreaterThan(8);
  for (const name of searched) expect(Object.keys({ ...REQUEST_METRICS, ...ALARM_METRICS })).toContain(name);
});
