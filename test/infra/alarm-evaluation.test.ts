/** Simulates how CloudWatch evaluates the alarm "unhealthy" from a deployment on. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { RelayAlarms } from '../../lib/operations/relay-alarms.ts';

type AlarmState = 'INSUFFICIENT_DATA' | 'OK' | 'ALARM';

/** The properties of `AWS::CloudWatch::Alarm` that are simulated. */
interface AlarmProperties {
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly TreatMissingData: 'missing' | 'breaching' | 'notBreaching';
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
}

/** The value of each period, oldest first. Undefined: no check reported in this period. */
type Periods = readonly (number | undefined)[];

/**
 * The state after the last period. CloudWatch looks at more periods than the alarm has (the evaluation range). The newest values in
 * it count. Only if there are fewer than the alarm has periods, missing ones are filled in.
 * Source: CloudWatch, "Configuring how CloudWatch alarms treat missing data", with the table in it.
 */
function evaluateAlarm(alarm: AlarmProperties, periods: Periods, extraPeriods: number): AlarmState {
  const { EvaluationPeriods, Threshold, TreatMissingData } = alarm;
  const values = periods.slice(-(EvaluationPeriods + extraPeriods)).filter((value) => value !== undefined);
  const breaching = values.slice(-EvaluationPeriods).map((value) => value < Threshold);
  const isMissing = breaching.length < EvaluationPeriods;
  if (isMissing && TreatMissingData === 'missing' && breaching.length === 0) return 'INSUFFICIENT_DATA';
  if (isMissing && TreatMissingData === 'notBreaching') return 'OK';
  return breaching.every(Boolean) ? 'ALARM' : 'OK';
}

/** Simulates periods from the creation of the alarm on. Returns each notification with the number of periods before it. */
function simulate(alarm: AlarmProperties, periods: Periods, extraPeriods: number): string[] {
  const actions = {
    OK: alarm.OKActions,
    ALARM: alarm.AlarmActions,
    INSUFFICIENT_DATA: alarm.InsufficientDataActions,
  } satisfies Record<AlarmState, unknown>;
  // CloudWatch creates an alarm in this state, and evaluates it immediately. Only a change of the state notifies.
  let state: AlarmState = 'INSUFFICIENT_DATA';
  const notifications: string[] = [];
  for (let count = 0; count <= periods.length; count++) {
    const next = evaluateAlarm(alarm, periods.slice(0, count), extraPeriods);
    if (next !== state && actions[next] !== undefined) notifications.push(`${count}: ${next}`);
    state = next;
  }
  return notifications;
}

function synthesizeAlarm(): AlarmProperties {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
  const relay = LambdaFunction.fromFunctionArn(stack, 'Relay', 'arn:aws:lambda:eu-west-1:111122223333:function:relay');
  const topic = 'arn:aws:sns:eu-west-1:111122223333:oncall';
  new RelayAlarms(stack, 'Alarms', {
    name: 'prod',
    relay,
    restRelay: undefined,
    runbook: 'docs/operations.md',
    alarmTopics: [topic],
    latencySeconds: 60,
    healthEveryMinutes: 60,
  });
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  return alarms.find(({ Properties }) => Properties.MetricName === 'Healthy')?.Properties;
}

const none = (count: number): Periods => Array.from({ length: count }, () => undefined);
const healthy = (count: number): Periods => Array.from({ length: count }, () => 1);
const unhealthy = (count: number): Periods => Array.from({ length: count }, () => 0);

/** How many periods CloudWatch looks further back is not documented exactly. Its examples have two. */
describe.each([0, 1, 2, 3])('with an evaluation range of %i more periods, the alarm "unhealthy"', (extraPeriods) => {
  const alarm = synthesizeAlarm();

  test('notifies nobody between the deployment and the first check', () => {
    expect(simulate(alarm, none(30), extraPeriods)).toEqual([]);
    expect(simulate(alarm, [...none(1), ...healthy(5)], extraPeriods)).toEqual(['2: OK']);
  });

  test('notifies after the first check if it fails', () => {
    expect(simulate(alarm, [...none(1), ...unhealthy(2)], extraPeriods)).toEqual(['2: ALARM']);
  });

  test('notifies after two failed checks, and not after one', () => {
    expect(simulate(alarm, [...healthy(5), ...unhealthy(1), ...healthy(5)], extraPeriods)).toEqual(['1: OK']);
    expect(simulate(alarm, [...healthy(5), ...unhealthy(2), ...healthy(5)], extraPeriods)).toEqual([
      '1: OK',
      '7: ALARM',
      '8: OK',
    ]);
  });

  test('notifies when the checks stop', () => {
    const periods = 2 + extraPeriods;
    expect(simulate(alarm, [...healthy(5), ...none(10)], extraPeriods)).toEqual([
      '1: OK',
      `${5 + periods}: INSUFFICIENT_DATA`,
    ]);
    expect(periods).toBeLessThanOrEqual(5);
  });

  test('treating missing data as breaching would notify immediately after a deployment', () => {
    expect(simulate({ ...alarm, TreatMissingData: 'breaching' }, none(1), extraPeriods)).toEqual(['0: ALARM']);
  });
});

/** The rows of CloudWatch's table for three of three periods; X is a breaching value, 0 is not, - is missing. */
test.each<[points: string, missing: string, breaching: string, notBreaching: string]>([
  ['0-X-X', 'OK', 'OK', 'OK'],
  ['----0', 'OK', 'OK', 'OK'],
  ['-----', 'INSUFFICIENT_DATA', 'ALARM', 'OK'],
  ['0XX-X', 'ALARM', 'ALARM', 'ALARM'],
  ['--X--', 'ALARM', 'ALARM', 'OK'],
])('simulates the row %s as documented', (points, ...expected) => {
  const periods = [...points].map((point) => ({ X: 0, 0: 1 })[point]);
  const states = (['missing', 'breaching', 'notBreaching'] as const).map((TreatMissingData) =>
    evaluateAlarm(
      { ComparisonOperator: 'LessThanThreshold', EvaluationPeriods: 3, Threshold: 1, TreatMissingData },
      periods,
      2,
    ),
  );
  expect(states).toEqual(expected);
});
