import { describe, expect, test } from 'vitest';
import { flattenStacks } from '../../../../local/gateway/template/flatten-stacks.ts';
import type { RawTemplate } from '../../../../local/gateway/template/raw-template.ts';

const TEMPLATE_URL = { 'Fn::Join': ['', ['https://s3/', { Ref: 'AWS::URLSuffix' }, '/inner.json']] };

const OUTER: RawTemplate = {
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a' } },
    Inner: {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: TEMPLATE_URL, Parameters: { api: { Ref: 'Api' }, stage: 'v1' } },
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

test('inlines ids, parameters, outputs and dependencies of a nested stack', () => {
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

test('a resource that depends on a nested stack depends on its resources, another does not', () => {
  const dependencies = flattenFixture().Resources.Deployment?.DependsOn;
  const withoutDependency = flattenFixture({
    ...OUTER,
    Resources: { ...OUTER.Resources, Deployment: { Type: 'AWS::ApiGateway::Deployment' } },
  });

  expect(dependencies).toContain('InnerFunction');
  expect(withoutDependency.Resources.Deployment?.DependsOn).toBeUndefined();
});

test('each resource of a nested stack has the dependencies of the stack', () => {
  const outer = { ...OUTER.Resources, Inner: { ...OUTER.Resources.Inner!, DependsOn: 'Query' } };
  const { Resources } = flattenFixture({ ...OUTER, Resources: outer });

  expect(Resources.InnerLog?.DependsOn).toEqual(['Query']);
  expect(Resources.InnerFunction?.DependsOn).toEqual(['InnerLog', 'Query']);
});

test('a parameter without a value has its default value', () => {
  const Parameters = { ...INNER.Parameters, stage: { Type: 'String', Default: 'v9' } };
  const Inner = { ...OUTER.Resources.Inner!, Properties: { TemplateURL: TEMPLATE_URL, Parameters: { api: 'a' } } };
  const { Resources } = flattenFixture(
    { ...OUTER, Resources: { ...OUTER.Resources, Inner } },
    { ...INNER, Parameters },
  );

  expect(Resources.InnerFunction?.Properties?.Stage).toBe('v9');
});

test('resolves an output that is passed to another nested stack, at any depth', () => {
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

test('returns a template without nested stacks unchanged', () => {
  expect(flattenStacks(INNER, () => undefined)).toBe(INNER);
});

describe('flattenStacks rejects', () => {
  const withChange = (change: object): RawTemplate => ({
    ...OUTER,
    Resources: {
      ...OUTER.Resources,
      Inner: { ...OUTER.Resources.Inner!, ...change },
    },
  });
  const properties = OUTER.Resources.Inner?.Properties;

  test.each<[what: string, make: () => unknown, message: RegExp]>([
    ['a template that is not an asset', () => flattenStacks(OUTER, () => undefined), /not an asset of this assembly/],
    [
      'an unsupported property',
      () => flattenFixture(withChange({ Properties: { ...properties, TimeoutInMinutes: 5 } })),
      /TimeoutInMinutes is not supported/,
    ],
    ['a condition', () => flattenFixture(withChange({ Condition: 'Yes' })), /Condition is not supported/],
    [
      'a parameter without a value',
      () => flattenFixture(withChange({ Properties: { ...properties, Parameters: {} } })),
      /parameter api has no value/,
    ],
    [
      'a parameter that the nested template does not declare',
      () =>
        flattenFixture(withChange({ Properties: { ...properties, Parameters: { api: 'a', stage: 'b', other: 'c' } } })),
      /its template has no parameter other/,
    ],
    [
      'a list as a parameter',
      () => flattenFixture(withChange({ Properties: { ...properties, Parameters: { api: ['a'], stage: 'b' } } })),
      /parameter api must be text/,
    ],
    [
      'an unsupported attribute',
      () => flattenFixture(withChange({ CreationPolicy: {} })),
      /CreationPolicy is not supported/,
    ],
    [
      'two resources with the same id',
      () => flattenFixture({ ...OUTER, Resources: { ...OUTER.Resources, InnerLog: { Type: 'X' } } }),
      /InnerLog: two resources would have this logical id/,
    ],
    [
      'a resource with the id of the nested stack',
      () => flattenFixture(OUTER, { ...INNER, Resources: { ...INNER.Resources, '': { Type: 'X' } } }),
      /Inner: two resources would have this logical id/,
    ],
    [
      'a reference to the name of the nested stack',
      () =>
        flattenFixture(OUTER, {
          ...INNER,
          Resources: { X: { Type: 'X', Properties: { A: { Ref: 'AWS::StackName' } } } },
        }),
      /Ref AWS::StackName in a nested stack is not supported/,
    ],
    ['an unknown output', () => flattenFixture(OUTER, { ...INNER, Outputs: {} }), /has no such output/],
    [
      'conditions in the nested template',
      () => flattenFixture(OUTER, { ...INNER, Conditions: { Yes: true } }),
      /conditions and mappings/,
    ],
    [
      'Fn::Sub in the nested template',
      () =>
        flattenFixture(OUTER, {
          ...INNER,
          Resources: { X: { Type: 'X', Properties: { A: { 'Fn::Sub': '${Log}' } } } },
        }),
      /Fn::Sub/,
    ],
    [
      'a reference to the id of the nested stack',
      () =>
        flattenFixture({
          ...OUTER,
          Resources: { ...OUTER.Resources, X: { Type: 'X', Properties: { A: { Ref: 'Inner' } } } },
        }),
      /references to the id of a nested stack are not supported/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
