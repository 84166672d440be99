/**
 * The services that `cdk diff` calls, for one deployed stack: CloudFormation, and as far as the command needs them, STS, the
 * parameter of the bootstrap stack, and the asset bucket. Change sets succeed or fail.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { listChanges, type ResourceChange } from './change-sets.ts';
import { createDeployedStack, type DeployedStack, type Template } from './deployed-stacks.ts';

export interface CloudFormationOptions {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly deployed: DeployedStack;
  /** Why CloudFormation cannot create the change set. Default: it creates it. */
  readonly changeSetFailure?: string;
}

export interface CloudFormationServer extends AsyncDisposable {
  readonly url: string;
  /** The names of the operations that were called, such as `CreateChangeSet`. */
  readonly operations: readonly string[];
}

/** What an operation returns as text: XML for CloudFormation and STS, JSON for SSM. */
interface Answer {
  readonly status?: number;
  readonly body: string;
}

type Parameters = Readonly<Record<string, string>>;

export async function startCloudFormation(options: CloudFormationOptions): Promise<CloudFormationServer> {
  const { account, region, stackName, changeSetFailure } = options;
  const operations: string[] = [];
  const objects = new Map<string, string>();
  const changeSets = new Map<string, readonly ResourceChange[]>();
  const stacks = new Map<string, DeployedStack>();
  const createArn = (name: string) => `arn:aws:cloudformation:${region}:${account}:stack/${name}/1111-2222`;
  addStack(stackName, options.deployed);

  /** Nested stacks have names as CloudFormation generates them. */
  function addStack(name: string, stack: DeployedStack): void {
    stacks.set(name, stack);
    for (const [id, nested] of Object.entries(stack.nested)) addStack(getNestedName(name, id), nested);
  }

  const findStack = ({ StackName = '' }: Parameters): [string, DeployedStack] | undefined => {
    const name = /:stack\/([^/]+)\//.exec(StackName)?.[1] ?? StackName;
    const stack = stacks.get(name);
    return stack && [name, stack];
  };

  const cloudFormation: Readonly<Record<string, (parameters: Parameters) => Answer>> = {
    GetCallerIdentity: () =>
      success('GetCallerIdentity', { Account: account, Arn: `arn:aws:iam::${account}:user/a`, UserId: 'A' }),
    AssumeRole: ({ RoleArn = '' }) =>
      success('AssumeRole', {
        Credentials: {
          AccessKeyId: 'ASIAEXAMPLE',
          SecretAccessKey: 'secret',
          SessionToken: 'token',
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        },
        AssumedRoleUser: { Arn: RoleArn, AssumedRoleId: 'AROAEXAMPLE:cdk' },
      }),
    DescribeStacks(parameters) {
      const found = findStack(parameters);
      if (found === undefined)
        return failure('ValidationError', `Stack with id ${parameters.StackName} does not exist`);
      return success('DescribeStacks', {
        Stacks: [
          {
            StackName: found[0],
            StackId: createArn(found[0]),
            StackStatus: 'UPDATE_COMPLETE',
            CreationTime: CREATION_TIME,
          },
        ],
      });
    },
    GetTemplate(parameters) {
      const found = findStack(parameters);
      if (found === undefined)
        return failure('ValidationError', `Stack with id ${parameters.StackName} does not exist`);
      return success('GetTemplate', { TemplateBody: mangle(JSON.stringify(found[1].template)) });
    },
    ListStackResources(parameters) {
      const found = findStack(parameters);
      if (found === undefined)
        return failure('ValidationError', `Stack with id ${parameters.StackName} does not exist`);
      const [name, stack] = found;
      return success('ListStackResources', {
        StackResourceSummaries: Object.entries(stack.template.Resources).map(([LogicalResourceId, { Type }]) => ({
          LogicalResourceId,
          PhysicalResourceId: Object.hasOwn(stack.nested, LogicalResourceId)
            ? createArn(getNestedName(name, LogicalResourceId))
            : `physical-${LogicalResourceId}`,
          ResourceType: Type,
          ResourceStatus: 'UPDATE_COMPLETE',
          LastUpdatedTimestamp: CREATION_TIME,
        })),
      });
    },
    CreateChangeSet(parameters) {
      const found = findStack(parameters);
      if (found === undefined) return failure('ValidationError', `Stack ${parameters.StackName} does not exist`);
      const body = parameters.TemplateBody ?? readObject(parameters.TemplateURL ?? '');
      const readNested = (key: string): DeployedStack =>
        createDeployedStack(JSON.parse(readObject(key)) as Template, readNested);
      const changes = listChanges(found[1], createDeployedStack(JSON.parse(body) as Template, readNested));
      return success('CreateChangeSet', { Id: addChangeSet(found[0], changes), StackId: createArn(found[0]) });
    },
    DescribeChangeSet({ ChangeSetName = '' }) {
      const changes = changeSets.get(ChangeSetName);
      if (changes === undefined) return failure('ChangeSetNotFound', `ChangeSet ${ChangeSetName} does not exist`, 404);
      const [, name = ''] = /changeSet\/([^/]+)\//.exec(ChangeSetName) ?? [];
      return success('DescribeChangeSet', {
        ChangeSetId: ChangeSetName,
        ChangeSetName: 'cdk-diff-change-set',
        StackName: name,
        StackId: createArn(name),
        ...(changeSetFailure === undefined
          ? { Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' }
          : { Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE', StatusReason: changeSetFailure }),
        Changes: changes.map((change) => ({ Type: 'Resource', ResourceChange: describeChange(name, change) })),
      });
    },
    DeleteChangeSet: () => success('DeleteChangeSet', {}),
    ListHookResults: () => success('ListHookResults', { HookResults: [] }),
  };

  function addChangeSet(stack: string, changes: readonly ResourceChange[]): string {
    const id = `arn:aws:cloudformation:${region}:${account}:changeSet/${stack}/${changeSets.size}`;
    changeSets.set(id, changes);
    return id;
  }

  const describeChange = (stack: string, { action, logicalId, type, properties, nested }: ResourceChange) => ({
    Action: action,
    LogicalResourceId: logicalId,
    ResourceType: type,
    ...(action === 'Modify' ? { Replacement: 'False', Scope: ['Properties'] } : {}),
    ...(nested === undefined
      ? {}
      : {
          ChangeSetId: addChangeSet(getNestedName(stack, logicalId), nested),
          PhysicalResourceId: createArn(getNestedName(stack, logicalId)),
        }),
    Details: properties.map((Name) => ({
      Target: { Attribute: 'Properties', Name, RequiresRecreation: 'Never' },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    })),
  });

  const readObject = (url: string): string => objects.get(url.slice(url.lastIndexOf('/') + 1)) ?? '';

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { status = 200, body: answer } = await answerRequest(request, body);
    response.writeHead(status, { etag: '"etag"' }).end(request.method === 'HEAD' ? undefined : answer);
  });

  async function answerRequest(request: IncomingMessage, body: string): Promise<Answer> {
    const target = request.headers['x-amz-target'];
    if (target === 'AmazonSSM.GetParameter') {
      operations.push('GetParameter');
      return { body: JSON.stringify({ Parameter: { Name: 'version', Type: 'String', Value: '30' } }) };
    }
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      const { Action = '', ...parameters } = Object.fromEntries(new URLSearchParams(body));
      operations.push(Action);
      return cloudFormation[Action]?.(parameters) ?? failure('InvalidAction', `${Action} is not supported`);
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    operations.push(`S3 ${request.method}`);
    if (request.method === 'PUT')
      objects.set(pathname.slice(pathname.lastIndexOf('/') + 1), decodeChunks(request, body));
    return { body: searchParams.has('list-type') ? '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>' : '' };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const CREATION_TIME = '2026-01-01T00:00:00.000Z';

const getNestedName = (stack: string, logicalId: string) => `${stack}-${logicalId}-ABCDEFGHIJKL`;

/** `GetTemplate` returns a question mark for a character that is not ASCII. */
const mangle = (template: string): string => template.replace(/[^\0-\x7f]/gu, '?');

/** The SDK may send a body in chunks, each with its length before it. */
function decodeChunks({ headers }: IncomingMessage, body: string): string {
  if (!headers['content-encoding']?.includes('aws-chunked')) return body;
  const lines = body.split('\r\n');
  const end = lines.findIndex((line) => /^0(;|$)/.test(line));
  return lines
    .slice(0, end)
    .filter((_line, index) => index % 2 === 1)
    .join('');
}

const success = (operation: string, result: object): Answer => ({
  body: `<${operation}Response><${operation}Result>${toXml(result)}</${operation}Result></${operation}Response>`,
});

const failure = (code: string, message: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type>${toXml({ Code: code, Message: message })}</Error></ErrorResponse>`,
});

/** Serializes a value as the Query protocol does: items of a list in `<member>`. */
function toXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, child]) => `<${name}>${toXml(child)}</${name}>`)
      .join('');
  }
  return String(value).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
