/** Assemblies of several stacks, and of stacks within a stack, read from their files. */
import { describe, expect, test } from 'vitest';
import type { GatewayModel } from '../../../local/gateway/model.ts';
import { loadTemplate } from '../../../local/gateway/template.ts';
import {
  type AssemblyParts,
  fixturePlus,
  fixtureTemplate,
  invocationUri,
  lambda,
  method,
  nestedUrl,
  permission,
  resource,
  type Template,
  writeAssembly,
} from './assembly-fixture.ts';

interface Choice {
  stackName?: string;
  imports?: Record<string, string>;
}

async function load(template: Template, parts: AssemblyParts = {}, choice: Choice = {}): Promise<GatewayModel> {
  const assembly = writeAssembly(template, parts);
  try {
    return await loadTemplate(assembly.directory, undefined, choice.stackName, choice.imports);
  } finally {
    assembly.remove();
  }
}

/** What an environment has in a stack of its own: a path, a method, a function, and who may call it. */
const inner = (change: Record<string, unknown> = {}): Template => ({
  Parameters: Object.fromEntries(['api', 'root', 'role', 'authorizer'].map((name) => [name, { Type: 'String' }])),
  Resources: {
    Path: {
      ...resource({ Ref: 'root' }, 'inner'),
      Properties: { ...resource({ Ref: 'root' }, 'inner').Properties, RestApiId: { Ref: 'api' } },
    },
    Post: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        ...method('Path', { Uri: invocationUri('Function', 'invocations', '2015-03-31') }).Properties,
        RestApiId: { Ref: 'api' },
        AuthorizationType: 'CUSTOM',
        AuthorizerId: { Ref: 'authorizer' },
        ...change,
      },
    },
    Function: lambda('index.buffered', { Role: { Ref: 'role' } }),
    Permit: {
      ...permission('Function', '/inner'),
      Properties: { ...permission('Function', '/inner').Properties, SourceArn: 'arn:aws:x' },
    },
  },
  Outputs: { FunctionArn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
});

const stack = (name: string, parameters: Record<string, unknown> = {}, more: object = {}) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: {
    TemplateURL: nestedUrl(name),
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
    AuthorizerUri: invocationUri('BufferedFunction', 'invocations', '2015-03-31'),
  },
};

/** The deployment waits for what the fixture's waits for, and for these. */
const outer = (awaited: string[], nestedStack: object = stack('one')): Template => {
  const { Deployment } = fixtureTemplate().Resources;
  return fixturePlus({
    Authorizer: AUTHORIZER,
    Inner: nestedStack as Template['Resources'][string],
    Deployment: { ...Deployment!, DependsOn: [...(Deployment!.DependsOn as string[]), ...awaited] },
  });
};

describe('a stack within the stack', () => {
  test('is played as a part of it', async () => {
    const model = await load(outer(['Inner']), { nested: { one: inner() } });

    const found = model.methods.find(({ resourcePath }) => resourcePath === '/inner');
    expect(found).toMatchObject({ authorization: 'CUSTOM', integration: { function: 'InnerFunction' } });
    expect(model.authorizers.has(found?.authorizer ?? '')).toBe(true);
    expect(model.functions.get('InnerFunction')?.name).toMatch(/^Fixture-InnerFunction-/);
  });

  test('is waited for by name of whatever it waits for itself', async () => {
    const { Deployment } = fixtureTemplate().Resources;
    const template = outer(['Inner'], stack('one', {}, { DependsOn: 'PostBuffered' }));
    template.Resources.Deployment = {
      ...template.Resources.Deployment!,
      DependsOn: (Deployment!.DependsOn as string[]).filter((name) => name !== 'PostBuffered').concat('Inner'),
    };

    await expect(load(template, { nested: { one: inner() } })).resolves.toBeDefined();
  });

  test.each<[what: string, template: Template, nested: Template, message: RegExp]>([
    ['a deployment that does not wait for it', outer([]), inner(), /InnerPost may be missing from Deployment/],
    [
      'the parameters of another',
      outer(['Inner'], stack('one', { api: 'other' })),
      inner(),
      /RestApiId is not the API/,
    ],
    [
      'a place in the tree that is not there',
      outer(['Inner'], stack('one', { root: { Ref: 'Api' } })),
      inner(),
      /of the API is not in the template/,
    ],
    [
      'an authoriser that is not there',
      outer(['Inner'], stack('one', { authorizer: 'other' })),
      inner(),
      /its authoriser is not in the template/,
    ],
    [
      'a property within that is not honoured',
      outer(['Inner']),
      inner({ ApiKeyRequired: true }),
      /InnerPost .*property ApiKeyRequired/,
    ],
    [
      'an address that is no asset',
      outer(['Inner'], stack('two')),
      inner(),
      /no asset of this assembly is its template/,
    ],
  ])('%s is refused', async (_what, template, nested, message) => {
    await expect(load(template, { nested: { one: nested } })).rejects.toThrow(message);
  });
});

describe('an assembly of several stacks', () => {
  const elsewhere = fixturePlus({});
  elsewhere.Resources.Stage!.Properties.StageName = 'v2';
  const parts = { others: { Elsewhere: elsewhere } };

  test('is played one at a time', async () => {
    expect((await load(fixtureTemplate(), parts, { stackName: 'Fixture' })).stage.name).toBe('v1');
    const other = await load(fixtureTemplate(), parts, { stackName: 'Elsewhere' });
    expect([other.stage.name, other.place.stackName]).toEqual(['v2', 'Elsewhere']);
  });

  test.each([
    ['unnamed', {}],
    ['unknown', { stackName: 'Nowhere' }],
    ['a part of a name', { stackName: 'Else' }],
  ])('which one is %s: refused, with those there are', async (_what, choice) => {
    await expect(load(fixtureTemplate(), parts, choice)).rejects.toThrow(/it holds Fixture, Elsewhere/);
  });
});

describe('what another stack exports', () => {
  const template = fixturePlus({});
  Object.assign(template.Resources.StreamedFunction!.Properties, {
    Environment: { Variables: { NAME: { 'Fn::ImportValue': 'Other:name' } } },
  });

  test('is what is given for it', async () => {
    const model = await load(template, {}, { imports: { 'Other:name': 'there' } });
    expect(model.functions.get('StreamedFunction')?.variables).toEqual({ NAME: 'there' });
  });

  test.each([{}, { 'other:name': 'x' }, JSON.parse('{"__proto__":{"Other:name":"x"}}')])(
    '%j does not give it',
    async (imports) => {
      await expect(load(template, {}, { imports })).rejects.toThrow(/nothing is given here for the export Other:name/);
    },
  );
});
