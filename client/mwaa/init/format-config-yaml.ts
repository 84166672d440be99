import { stringify } from 'yaml';
import { wrapWords } from '../../wrap-words.ts';
import type {
  GeneratedConfig,
  GeneratedEnvironment,
  GeneratedNetwork,
  SecurityGroupChoice,
} from './generate-config.ts';

/** The draft as a configuration file, with what its reader must know as comments. What cannot stand in it stands there as a comment. */
export function formatConfigYaml({ region, account, partition, environments }: GeneratedConfig): string {
  return [
    ...formatComment('Made by "mwaa init" from what AWS says. Every key: docs/deploying.md.'),
    `region: ${formatScalar(region)}`,
    `account: ${formatScalar(account)}`,
    '',
    'api:',
    '  endpoint: regional   # or private, which is reached by an endpoint of a VPC alone: docs/deploying.md',
    '  # callers: left out, those whom grants name, and nobody else.',
    '',
    'environments:',
    ...environments.flatMap((one) => [...formatEnvironment(one).map((line) => `  ${line}`), '']),
    ...formatComment(
      'Nothing is granted that is not written here (docs/policy.md). To begin with, put in place of []:',
    ),
    `#   - who: arn:${partition}:iam::${account}:role/ROLE`,
    '#     where: "*"',
    '#     may: ["@read", "@health"]',
    'grants: []',
    '',
  ].join('\n');
}

function formatEnvironment(environment: GeneratedEnvironment): string[] {
  const { key, obstacles, notes, airflow, mwaaName, account, region, network } = environment;
  const own = Object.entries({ airflow, mwaaName, account, region });
  const block = [
    `${formatScalar(key)}:`,
    ...own.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${formatScalar(value)}`])),
    '  vpc:',
    ...formatNetwork(network).map((line) => `    ${line}`),
  ];
  const before = [...obstacles, ...notes].flatMap(formatComment);
  return obstacles.length === 0 ? [...before, ...block] : [...before, ...block.map((line) => `# ${line}`)];
}

/** Stands where a value is yet to be found, and is none itself. */
const PLACEHOLDER = '…';

function formatNetwork({ vpc, subnets, webServer, airflowEndpoint }: GeneratedNetwork): string[] {
  return [
    `id: ${vpc === undefined ? `vpc-${PLACEHOLDER}` : formatScalar(vpc)}`,
    `subnets: [${subnets.map(formatScalar).join(', ')}]`,
    ...webServer.notes.flatMap(formatComment),
    `webServerSecurityGroup: ${formatScalar(webServer.securityGroup)}`,
    ...airflowEndpoint.notes.flatMap(formatComment),
    ...formatAirflowEndpoint(airflowEndpoint),
  ];
}

const formatAirflowEndpoint = ({ securityGroup }: SecurityGroupChoice): string[] =>
  securityGroup === undefined
    ? [
        `# airflowEndpoint: { securityGroup: sg-${PLACEHOLDER} }`,
        `# airflowEndpoint: { create: { cidrs: [${PLACEHOLDER}] } }   # the address ranges of the VPC`,
      ]
    : [`airflowEndpoint: { securityGroup: ${formatScalar(securityGroup)} }`];

/** In quotes where YAML would read it as something else than text. */
const formatScalar = (value: unknown): string => stringify(value).trimEnd();

const COMMENT_WIDTH = 98;

/** Whatever the text has in it, every line of it is a comment. */
const formatComment = (text: string): string[] =>
  wrapWords(text.split(/\s+/), COMMENT_WIDTH).map((line) => `# ${line}`);
