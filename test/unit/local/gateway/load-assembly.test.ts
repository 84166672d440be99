/** Assemblies of several stacks, and of stacks within a stack, read from their files. */
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
  choice: LoadAssemblyOptions = {},
): Promise<GatewayModel> {
  const assembly = writeAssembly(template, parts);
  try {
    return await loadTemplate(assembly.directory, undefined, choice.stackName, choice.imports);
  } finally {
    assembly.remove();
  }
}

/** What an environment has in a stack of its own: a path, a method, a function, and who may call it. */
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

/** The deployment waits for what the fixture's waits for, and for these. */
const createOuterTemplate = (awaited: string[], nestedStack: object = createNestedStack('one')): FixtureTemplate => {
  const { Deployment } = createFixtureTemplate().Resources;
  return addToFixture({
    Authorizer: AUTHORIZER,
    Inner: nestedStack as FixtureTemplate['Resources'][string],
    Deployment: { ...Deployment!, DependsOn: [...(Deployment!.DependsOn as string[]), ...awaited] },
  });
};

describe('a stack within the stack', () => {
  test('is played as a part of it', async () => {
    const model = await loadFixture(createOuterTemplate(['Inner']), { nested: { one: createInnerTemplate() } });

    const found = model.methods.find(({ resourcePath }) => resourcePath === '/inner');
    expect(found).toMatchObject({ authorization: 'CUSTOM', integration: { function: 'InnerFunction' } });
    expect(model.authorizers.has(found?.authorizer ?? '')).toBe(true);
    expect(model.functions.get('InnerFunction')?.name).toMatch(/^Fixture-InnerFunction-/);
  });

  test('is waited for by name of whatever it waits for itself', async () => {
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
      'a deployment that does not wait for it',
      createOuterTemplate([]),
      createInnerTemplate(),
      /InnerPost may be missing from Deployment/,
    ],
    [
      'the parameters of another',
      createOuterTemplate(['Inner'], createNestedStack('one', { api: 'other' })),
      createInnerTemplate(),
      /RestApiId is not the API/,
    ],
    [
      'a place in the tree that is not there',
      createOuterTemplate(['Inner'], createNestedStack('one', { root: { Ref: 'Api' } })),
      createInnerTemplate(),
      /of the API is not in the template/,
    ],
    [
      'an authorizer that is not there',
      createOuterTemplate(['Inner'], createNestedStack('one', { authorizer: 'other' })),
      createInnerTemplate(),
      /its authorizer is not in the template/,
    ],
    [
      'a property within that is not honored',
      createOuterTemplate(['Inner']),
      createInnerTemplate({ ApiKeyRequired: true }),
      /InnerPost .*property ApiKeyRequired/,
    ],
    [
      'an address that is no asset',
      createOuterTemplate(['Inner'], createNestedStack('two')),
      createInnerTemplate(),
      /no asset of this assembly is its template/,
    ],
  ])('%s is refused', async (_what, template, nested, message) => {
    await expect(loadFixture(template, { nested: { one: nested } })).rejects.toThrow(message);
  });
});

describe('an assembly of several stacks', () => {
  const elsewhere = addToFixture({});
  elsewhere.Resources.Stage!.Properties.StageName = 'v2';
  const parts = { others: { Elsewhere: elsewhere } };

  test('is played one at a time', async () => {
    expect((await loadFixture(createFixtureTemplate(), parts, { stackName: 'Fixture' })).stage.name).toBe('v1');
    const other = await loadFixture(createFixtureTemplate(), parts, { stackName: 'Elsewhere' });
    expect([other.stage.name, other.location.stackName]).toEqual(['v2', 'Elsewhere']);
  });

  test.each([
    ['unnamed', {}],
    ['unknown', { stackName: 'Nowhere' }],
    ['a part of a name', { stackName: 'Else' }],
  ])('which one is %s: refused, with those there are', async (_what, choice) => {
    await expect(loadFixture(createFixtureTemplate(), parts, choice)).rejects.toThrow(/it holds Fixture, Elsewhere/);
  });
});

describe('what another stack exports', () => {
  const template = addToFixture({});
  Object.assign(template.Resources.StreamedFunction!.Properties, {
    Environment: { Variables: { NAME: { 'Fn::ImportValue': 'Other:name' } } },
  });

  test('is what is given for it', async () => {
    const model = await loadFixture(template, {}, { imports: { 'Other:name': 'there' } });
    expect(model.functions.get('StreamedFunction')?.variables).toEqual({ NAME: 'there' });
  });

  test.each([{}, { 'other:name': 'x' }, JSON.parse('{"__proto__":{"Other:name":"x"}}')])(
    '%j does not give it',
    async (imports) => {
      await expect(loadFixture(template, {}, { imports })).rejects.toThrow(
        /nothing is given here for the export Other:name/,
      );
    },
  );
});
