/** Reads assemblies of several stacks, and nested stacks, from their files. */
import { describe, expect, test } from 'vitest';
import type { GatewayModel } from '../../../../local/gateway/template/gateway-model.ts';
import { loadTemplate } from '../../../../local/gateway/template/load-template.ts';
import {
  type AssemblyParts,
  addToFixture,
  createFixtureTemplate,
  createFunction,
  createInvocationUri,
  createMethod,
  createNestedUrl,
  createPermission,
  createResource,
  type FixtureTemplate,
  writeAssembly,
} from './assembly-fixture.ts';

interface LoadAssemblyOptions {
  stackName?: string;
  imports?: Record<string, string>;
}

async function loadFixture(
  template: FixtureTemplate,
  parts: AssemblyParts = {},
  options: LoadAssemblyOptions = {},
): Promise<GatewayModel> {
  const assembly = writeAssembly(template, parts);
  try {
    return await loadTemplate(assembly.directory, undefined, options.stackName, options.imports);
  } finally {
    assembly.remove();
  }
}

/** The nested stack of an environment: a path, a method, a function, and a permission to invoke it. */
const createInnerTemplate = (change: Record<string, unknown> = {}): FixtureTemplate => ({
  Parameters: Object.fromEntries(['api', 'root', 'role', 'authorizer'].map((name) => [name, { Type: 'String' }])),
  Resources: {
    Path: {
      ...createResource({ Ref: 'root' }, 'inner'),
      Properties: { ...createResource({ Ref: 'root' }, 'inner').Properties, RestApiId: { Ref: 'api' } },
    },
    Post: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        ...createMethod('Path', { Uri: createInvocationUri('Function', 'invocations', '2015-03-31') }).Properties,
        RestApiId: { Ref: 'api' },
        AuthorizationType: 'CUSTOM',
        AuthorizerId: { Ref: 'authorizer' },
        ...change,
      },
    },
    Function: createFunction('index.buffered', { Role: { Ref: 'role' } }),
    Permit: {
      ...createPermission('Function', '/inner'),
      Properties: { ...createPermission('Function', '/inner').Properties, SourceArn: 'arn:aws:x' },
    },
  },
  Outputs: { FunctionArn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
});

const createNestedStack = (name: string, parameters: Record<string, unknown> = {}, more: object = {}) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: {
    TemplateURL: createNestedUrl(name),
    Parameters: {
      api: { Ref: 'Api' },
      root: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      authorizer: { Ref: 'Authorizer' },
      ...parameters,
    },
  },
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  ...more,
});

const AUTHORIZER = {
  Type: 'AWS::ApiGateway::Authorizer',
  Properties: {
    RestApiId: { Ref: 'Api' },
    Type: 'TOKEN',
    Name: 'tokens',
    IdentitySource: 'method.request.header.Authorization',
    AuthorizerUri: createInvocationUri('BufferedFunction', 'invocations', '2015-03-31'),
  },
};

/** A template whose deployment has the dependencies of the fixture's deployment and these. */
const createOuterTemplate = (
  dependencies: string[],
  nestedStack: object = createNestedStack('one'),
): FixtureTemplate => {
  const { Deployment } = createFixtureTemplate().Resources;
  return addToFixture({
    Authorizer: AUTHORIZER,
    Inner: nestedStack as FixtureTemplate['Resources'][string],
    Deployment: { ...Deployment!, DependsOn: [...(Deployment!.DependsOn as string[]), ...dependencies] },
  });
};

describe('a nested stack', () => {
  test('is read as part of its parent', async () => {
    const model = await loadFixture(createOuterTemplate(['Inner']), { nested: { one: createInnerTemplate() } });

    const method = model.methods.find(({ resourcePath }) => resourcePath === '/inner');
    expect(method).toMatchObject({ authorization: 'CUSTOM', integration: { function: 'InnerFunction' } });
    expect(model.authorizers.has(method?.authorizer ?? '')).toBe(true);
    expect(model.functions.get('InnerFunction')?.name).toMatch(/^Fixture-InnerFunction-/);
  });

  test('passes its dependencies on to the deployment that depends on it', async () => {
    const { Deployment } = createFixtureTemplate().Resources;
    const template = createOuterTemplate(['Inner'], createNestedStack('one', {}, { DependsOn: 'PostBuffered' }));
    template.Resources.Deployment = {
      ...template.Resources.Deployment!,
      DependsOn: (Deployment!.DependsOn as string[]).filter((name) => name !== 'PostBuffered').concat('Inner'),
    };

    await expect(loadFixture(template, { nested: { one: createInnerTemplate() } })).resolves.toBeDefined();
  });

  test.each<[what: string, template: FixtureTemplate, nested: FixtureTemplate, message: RegExp]>([
    [
      'a deployment that does not depend on it',
      createOuterTemplate([]),
      createInnerTemplate(),
      /InnerPost may be missing from Deployment/,
    ],
    [
      'the id of another API as a parameter',
      createOuterTemplate(['Inner'], createNestedStack('one', { api: 'other' })),
      createInnerTemplate(),
      /RestApiId is not the API/,
    ],
    [
      'a parent resource that does not exist',
      createOuterTemplate(['Inner'], createNestedStack('one', { root: { Ref: 'Api' } })),
      createInnerTemplate(),
      /of the API is not in the template/,
    ],
    [
      'an authorizer that is not in the template',
      createOuterTemplate(['Inner'], createNestedStack('one', { authorizer: 'other' })),
      createInnerTemplate(),
      /its authorizer is not in the template/,
    ],
    [
      'a property that is not supported',
      createOuterTemplate(['Inner']),
      createInnerTemplate({ ApiKeyRequired: true }),
      /InnerPost .*property ApiKeyRequired/,
    ],
    [
      'a template URL that is not an asset',
      createOuterTemplate(['Inner'], createNestedStack('two')),
      createInnerTemplate(),
      /its template is not an asset of this assembly/,
    ],
  ])('with %s is rejected', async (_what, template, nested, message) => {
    await expect(loadFixture(template, { nested: { one: nested } })).rejects.toThrow(message);
  });
});

describe('an assembly of several stacks', () => {
  const otherStack = addToFixture({});
  otherStack.Resources.Stage!.Properties.StageName = 'v2';
  const parts = { others: { OtherStack: otherStack } };

  test('is read one stack at a time', async () => {
    expect((await loadFixture(createFixtureTemplate(), parts, { stackName: 'Fixture' })).stage.name).toBe('v1');
    const other = await loadFixture(createFixtureTemplate(), parts, { stackName: 'OtherStack' });
    expect([other.stage.name, other.location.stackName]).toEqual(['v2', 'OtherStack']);
  });

  test.each([
    ['omitted', {}],
    ['unknown', { stackName: 'Nowhere' }],
    ['only part of a name', { stackName: 'Other' }],
  ])('is rejected when the stack name is %s, and the message lists the stacks', async (_what, options) => {
    await expect(loadFixture(createFixtureTemplate(), parts, options)).rejects.toThrow(
      /it contains Fixture, OtherStack/,
    );
  });
});

describe('the export of another stack', () => {
  const template = addToFixture({});
  Object.assign(template.Resources.StreamedFunction!.Properties, {
    Environment: { Variables: { NAME: { 'Fn::ImportValue': 'Other:name' } } },
  });

  test('has the value that imports contains', async () => {
    const model = await loadFixture(template, {}, { imports: { 'Other:name': 'exported' } });
    expect(model.functions.get('StreamedFunction')?.variables).toEqual({ NAME: 'exported' });
  });

  test.each([{}, { 'other:name': 'x' }, JSON.parse('{"__proto__":{"Other:name":"x"}}')])(
    'is rejected when imports is %j',
    async (imports) => {
      await expect(loadFixture(template, {}, { imports })).rejects.toThrow(
        /imports has no value for the export Other:name/,
      );
    },
  );
});
