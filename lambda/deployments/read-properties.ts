import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { isJsonObject } from '../../airflow/parse-json.ts';
import { Problem } from '../../contract/problem.ts';

/** What a deployment wants: the properties of a custom resource, or the members of a direct invocation. */
export interface DeploymentProperties {
  /** Name in the configuration. */
  readonly environment: string;
  readonly onCreate: readonly CommandSource[];
  /** Default: the same as `onCreate`. */
  readonly onUpdate: readonly CommandSource[];
  readonly onDelete: readonly CommandSource[];
  /** The secrets, by the names of their placeholders. */
  readonly values: Readonly<Record<string, SecretReference>>;
  /** JSON in which equal properties are equal texts. It contains no secret. */
  readonly canonical: string;
}

/** A command: a command line, or its words. */
export type CommandSource = string | readonly string[];

/** Where a secret is. */
export type SecretReference =
  | {
      readonly service: 'secretsmanager';
      /** ARN or name. */
      readonly id: string;
      /** A member of the secret, which is a JSON object. */
      readonly key?: string;
      readonly versionId?: string;
      readonly versionStage?: string;
    }
  /** @param name ARN or name, with an optional `:VERSION` */
  | { readonly service: 'ssm'; readonly name: string };

/** CloudFormation adds these. They do not change what a deployment wants. */
const ADDED_PROPERTIES = ['ServiceToken', 'ServiceTimeout'];
const PROPERTIES = ['Environment', 'OnCreate', 'OnUpdate', 'OnDelete', 'Values', 'Revision'];
const SECRET_PROPERTIES = ['SecretsManager', 'SsmParameter', 'Key', 'VersionId', 'VersionStage'];
const MAX_COMMANDS = 100;

/**
 * Reads the properties. CloudFormation sends every number and boolean as text; direct invocations may contain them.
 *
 * @param more the names of further members that are allowed
 * @throws Problem `malformed-request`
 */
export function readProperties(source: unknown, more: readonly string[] = []): DeploymentProperties {
  if (!isJsonObject(source)) throw malformed('The request has no properties.');
  checkNames(source, [...PROPERTIES, ...ADDED_PROPERTIES, ...more], 'property');
  const { Environment: environment } = source;
  if (typeof environment !== 'string' || environment === '') throw malformed('Environment must name an environment.');
  const onCreate = readCommands(source, 'OnCreate') ?? [];
  const wanted = Object.entries(source).filter(([name]) => PROPERTIES.includes(name));
  return {
    environment,
    onCreate,
    onUpdate: readCommands(source, 'OnUpdate') ?? onCreate,
    onDelete: readCommands(source, 'OnDelete') ?? [],
    values: readValues(source.Values),
    canonical: stringifySorted(Object.fromEntries(wanted)),
  };
}

function checkNames(source: object, known: readonly string[], noun: string): void {
  const unknown = Object.keys(source).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const hint = formatDidYouMean(unknown, known) || ` Known: ${known.join(', ')}`;
  throw malformed(`Unknown ${noun} ${JSON.stringify(unknown)}.${hint}.`);
}

function readCommands(source: Readonly<Record<string, unknown>>, name: string): CommandSource[] | undefined {
  const list = source[name];
  if (list === undefined) return undefined;
  // CloudFormation passes an empty list as it is. Other tools pass it as empty text.
  if (list === '') return [];
  if (!Array.isArray(list)) throw malformed(`${name} must be a list of commands.`);
  if (list.length > MAX_COMMANDS) throw malformed(`${name} has ${list.length} commands. ${MAX_COMMANDS} are allowed.`);
  return list.map((command, index) => {
    if (typeof command === 'string' && command !== '') return command;
    if (Array.isArray(command) && command.length > 0 && command.every(isScalar)) return command.map(String);
    throw malformed(`Command ${index + 1} of ${name} must be a command line, or a list of words.`);
  });
}

function readValues(source: unknown): Record<string, SecretReference> {
  if (source === undefined || source === '') return {};
  if (!isJsonObject(source)) throw malformed('Values must map names to secrets.');
  return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, readSecretReference(name, value)]));
}

function readSecretReference(name: string, value: unknown): SecretReference {
  if (!isJsonObject(value)) {
    throw malformed(
      `Values.${name} must say where the secret is: SecretsManager or SsmParameter. It must not be the secret itself, because stacks, ` +
        'events and logs show it.',
    );
  }
  checkNames(value, SECRET_PROPERTIES, `member of Values.${name}:`);
  const texts = value as Readonly<Record<string, string>>;
  const {
    SecretsManager: id,
    SsmParameter: parameter,
    Key: key,
    VersionId: versionId,
    VersionStage: versionStage,
  } = texts;
  if (Object.values(value).some((text) => typeof text !== 'string' || text === ''))
    throw malformed(`The members of Values.${name} must be texts.`);
  if ((id === undefined) === (parameter === undefined))
    throw malformed(`Values.${name} must have either SecretsManager or SsmParameter.`);
  if (id === undefined) {
    if (Object.keys(value).length > 1)
      throw malformed(`Values.${name}: only a secret of Secrets Manager has Key, VersionId and VersionStage.`);
    return { service: 'ssm', name: parameter! };
  }
  return {
    service: 'secretsmanager',
    id,
    ...(key === undefined ? {} : { key }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(versionStage === undefined ? {} : { versionStage }),
  };
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** JSON with sorted keys. Scalars are texts, as in requests of CloudFormation. */
function stringifySorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stringifySorted).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(String(value));
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stringifySorted(member)}`).join(',')}}`;
}

export const malformed = (detail: string): Problem => new Problem('malformed-request', detail);
