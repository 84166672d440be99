import { describe, expect, test } from 'vitest';
import { flatten } from '../../../local/gateway/nested-stacks.ts';
import type { RawTemplate } from '../../../local/gateway/raw-template.ts';

const URL_OF = { 'Fn::Join': ['', ['https://s3/', { Ref: 'AWS::URLSuffix' }, '/inner.json']] };

const OUTER: RawTemplate = {
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a' } },
    Inner: {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: URL_OF, Parameters: { api: { Ref: 'Api' }, stage: 'v1' } },
    },
    Deployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: ['Inner', 'Api'] },
    Query: { Type: 'X', Properties: { Groups: [{ 'Fn::GetAtt': ['Inner', 'Outputs.LogRef'] }] } },
  },
  Outputs: { Log: { Value: { 'Fn::GetAtt': ['Inner', 'Outputs.LogRef'] } } },
};

const INNER: RawTemplate = {
  Parameters: { api: { Type: 'String' }, stage: { Type: 'String' } },
  Resources: {
    Log: { Type: 'AWS::Logs::LogGroup' },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Api: { Ref: 'api' },
        Stage: { Ref: 'stage' },
        Group: { Ref: 'Log' },
        Arn: { 'Fn::GetAtt': ['Log', 'Arn'] },
        Region: { Ref: 'AWS::Region' },
      },
      DependsOn: ['Log'],
    },
  },
  Outputs: { LogRef: { Value: { Ref: 'Log' } } },
};

const flat = (outer = OUTER, inner: RawTemplate | undefined = INNER) => flatten(outer, () => inner);

test('a stack within a stack becomes a part of it: ids, parameters, outputs, and who waits for it', () => {
  expect(flat()).toEqual({
    Resources: {
      Api: OUTER.Resources.Api,
      Deployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: ['InnerLog', 'InnerFunction', 'Api'] },
      Query: { Type: 'X', Properties: { Groups: [{ Ref: 'InnerLog' }] } },
      InnerLog: { Type: 'AWS::Logs::LogGroup' },
      InnerFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Api: { Ref: 'Api' },
          Stage: 'v1',
          Group: { Ref: 'InnerLog' },
          Arn: { 'Fn::GetAtt': ['InnerLog', 'Arn'] },
          Region: { Ref: 'AWS::Region' },
        },
        DependsOn: ['InnerLog'],
      },
    },
    Outputs: { Log: { Value: { Ref: 'InnerLog' } } },
  });
});

test('who waits for the stack of a method waits for the method, and who does not is found out', () => {
  const waiting = flat().Resources.Deployment?.DependsOn;
  const careless = flat({
    ...OUTER,
    Resources: { ...OUTER.Resources, Deployment: { Type: 'AWS::ApiGateway::Deployment' } },
  });

  expect(waiting).toContain('InnerFunction');
  expect(careless.Resources.Deployment?.DependsOn).toBeUndefined();
});

test('a template without stacks in it stays as it is', () => {
  expect(flatten(INNER, () => undefined)).toBe(INNER);
});

describe('what is not played is refused', () => {
  const changed = (change: object): RawTemplate => ({
    ...OUTER,
    Resources: {
      ...OUTER.Resources,
      Inner: { ...OUTER.Resources.Inner!, ...change },
    },
  });
  const properties = OUTER.Resources.Inner?.Properties;

  test.each<[what: string, make: () => unknown, message: RegExp]>([
    ['a template that is no asset', () => flatten(OUTER, () => undefined), /no asset of this assembly/],
    [
      'a property',
      () => flat(changed({ Properties: { ...properties, TimeoutInMinutes: 5 } })),
      /TimeoutInMinutes is not honoured/,
    ],
    ['a condition', () => flat(changed({ Condition: 'Yes' })), /Condition is not honoured/],
    [
      'a parameter without a value',
      () => flat(changed({ Properties: { ...properties, Parameters: {} } })),
      /parameter api is given no value/,
    ],
    ['an output that is not there', () => flat(OUTER, { ...INNER, Outputs: {} }), /there is no such output/],
    ['conditions within', () => flat(OUTER, { ...INNER, Conditions: { Yes: true } }), /conditions and mappings/],
    [
      'texts with references within',
      () => flat(OUTER, { ...INNER, Resources: { X: { Type: 'X', Properties: { A: { 'Fn::Sub': '${Log}' } } } } }),
      /Fn::Sub/,
    ],
    [
      'its own id',
      () =>
        flat({ ...OUTER, Resources: { ...OUTER.Resources, X: { Type: 'X', Properties: { A: { Ref: 'Inner' } } } } }),
      /the id of a stack/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
