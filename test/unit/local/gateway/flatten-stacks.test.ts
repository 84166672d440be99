import { describe, expect, test } from 'vitest';
import { flattenStacks } from '../../../../local/gateway/template/flatten-stacks.ts';
import type { RawTemplate } from '../../../../local/gateway/template/raw-template.ts';

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

const flattenFixture = (outer = OUTER, inner: RawTemplate | undefined = INNER) => flattenStacks(outer, () => inner);

test('a stack within a stack becomes a part of it: ids, parameters, outputs, and who waits for it', () => {
  expect(flattenFixture()).toEqual({
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
  const waiting = flattenFixture().Resources.Deployment?.DependsOn;
  const careless = flattenFixture({
    ...OUTER,
    Resources: { ...OUTER.Resources, Deployment: { Type: 'AWS::ApiGateway::Deployment' } },
  });

  expect(waiting).toContain('InnerFunction');
  expect(careless.Resources.Deployment?.DependsOn).toBeUndefined();
});

test('what a stack waits for, everything in it waits for', () => {
  const outer = { ...OUTER.Resources, Inner: { ...OUTER.Resources.Inner!, DependsOn: 'Query' } };
  const { Resources } = flattenFixture({ ...OUTER, Resources: outer });

  expect(Resources.InnerLog?.DependsOn).toEqual(['Query']);
  expect(Resources.InnerFunction?.DependsOn).toEqual(['InnerLog', 'Query']);
});

test('a parameter without a value has its default', () => {
  const Parameters = { ...INNER.Parameters, stage: { Type: 'String', Default: 'v9' } };
  const Inner = { ...OUTER.Resources.Inner!, Properties: { TemplateURL: URL_OF, Parameters: { api: 'a' } } };
  const { Resources } = flattenFixture(
    { ...OUTER, Resources: { ...OUTER.Resources, Inner } },
    { ...INNER, Parameters },
  );

  expect(Resources.InnerFunction?.Properties?.Stage).toBe('v9');
});

test('one stack hands its output to another, at any depth', () => {
  const innermost: RawTemplate = {
    Parameters: { group: { Type: 'String' } },
    Resources: { Function: { Type: 'AWS::Lambda::Function', Properties: { Group: { Ref: 'group' } } } },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
  };
  const middle: RawTemplate = {
    Parameters: { log: { Type: 'String' } },
    Resources: {
      Deep: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: 'innermost', Parameters: { group: { Ref: 'log' } } },
      },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Deep', 'Outputs.Arn'] } } },
  };
  const outer: RawTemplate = {
    Resources: {
      ...OUTER.Resources,
      Other: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: 'middle', Parameters: { log: { 'Fn::GetAtt': ['Inner', 'Outputs.LogRef'] } } },
      },
      Deployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: 'Other' },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Other', 'Outputs.Arn'] } } },
  };
  const templates: Record<string, RawTemplate> = { innermost, middle };
  const { Resources, Outputs } = flattenStacks(outer, (url) => templates[String(url)] ?? INNER);

  expect(Resources.OtherDeepFunction?.Properties).toEqual({ Group: { Ref: 'InnerLog' } });
  expect(Resources.Deployment?.DependsOn).toEqual(['OtherDeepFunction']);
  expect(Outputs?.Arn?.Value).toEqual({ 'Fn::GetAtt': ['OtherDeepFunction', 'Arn'] });
});

test('a template without stacks in it stays as it is', () => {
  expect(flattenStacks(INNER, () => undefined)).toBe(INNER);
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
    ['a template that is no asset', () => flattenStacks(OUTER, () => undefined), /no asset of this assembly/],
    [
      'a property',
      () => flattenFixture(changed({ Properties: { ...properties, TimeoutInMinutes: 5 } })),
      /TimeoutInMinutes is not honored/,
    ],
    ['a condition', () => flattenFixture(changed({ Condition: 'Yes' })), /Condition is not honored/],
    [
      'a parameter without a value',
      () => flattenFixture(changed({ Properties: { ...properties, Parameters: {} } })),
      /parameter api is given no value/,
    ],
    [
      'a parameter that its template has not',
      () =>
        flattenFixture(changed({ Properties: { ...properties, Parameters: { api: 'a', stage: 'b', other: 'c' } } })),
      /its template has no parameter other/,
    ],
    [
      'a list as a parameter',
      () => flattenFixture(changed({ Properties: { ...properties, Parameters: { api: ['a'], stage: 'b' } } })),
      /parameter api must be text/,
    ],
    ['an attribute', () => flattenFixture(changed({ CreationPolicy: {} })), /CreationPolicy is not honored/],
    [
      'two resources of one id',
      () => flattenFixture({ ...OUTER, Resources: { ...OUTER.Resources, InnerLog: { Type: 'X' } } }),
      /InnerLog: two resources would have this id/,
    ],
    [
      'a resource with the id of a stack',
      () => flattenFixture(OUTER, { ...INNER, Resources: { ...INNER.Resources, '': { Type: 'X' } } }),
      /Inner: two resources would have this id/,
    ],
    [
      'the name CloudFormation makes up for it',
      () =>
        flattenFixture(OUTER, {
          ...INNER,
          Resources: { X: { Type: 'X', Properties: { A: { Ref: 'AWS::StackName' } } } },
        }),
      /the name of a stack within a stack/,
    ],
    ['an output that is not there', () => flattenFixture(OUTER, { ...INNER, Outputs: {} }), /there is no such output/],
    [
      'conditions within',
      () => flattenFixture(OUTER, { ...INNER, Conditions: { Yes: true } }),
      /conditions and mappings/,
    ],
    [
      'texts with references within',
      () =>
        flattenFixture(OUTER, {
          ...INNER,
          Resources: { X: { Type: 'X', Properties: { A: { 'Fn::Sub': '${Log}' } } } },
        }),
      /Fn::Sub/,
    ],
    [
      'its own id',
      () =>
        flattenFixture({
          ...OUTER,
          Resources: { ...OUTER.Resources, X: { Type: 'X', Properties: { A: { Ref: 'Inner' } } } },
        }),
      /the id of a stack/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
