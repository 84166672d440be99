import { stringify } from 'yaml';
import { filled } from '../../filled.ts';
import type { Draft, EnvironmentDraft, GroupDraft, NetworkDraft } from './draft.ts';

/** The draft as a configuration file, with what its reader must know as comments. What cannot stand in it stands there as a comment. */
export function yamlText({ region, account, partition, environments }: Draft): string {
  return [
    ...comment('Made by "mwaa init" from what AWS says. Every key: docs/deploying.md.'),
    `region: ${scalar(region)}`,
    `account: ${scalar(account)}`,
    '',
    'api:',
    '  endpoint: regional   # or private, which is reached by an endpoint of a VPC alone: docs/deploying.md',
    '  # callers: left out, those whom grants name, and nobody else.',
    '',
    'environments:',
    ...environments.flatMap((one) => [...environmentLines(one).map((line) => `  ${line}`), '']),
    ...comment('Nothing is granted that is not written here (docs/policy.md). To begin with, put in place of []:'),
    `#   - who: arn:${partition}:iam::${account}:role/ROLE`,
    '#     where: "*"',
    '#     may: ["@read", "@health"]',
    'grants: []',
    '',
  ].join('\n');
}

function environmentLines(environment: EnvironmentDraft): string[] {
  const { key, obstacles, notes, airflow, mwaaName, account, region, network } = environment;
  const own = Object.entries({ airflow, mwaaName, account, region });
  const block = [
    `${scalar(key)}:`,
    ...own.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${scalar(value)}`])),
    '  vpc:',
    ...networkLines(network).map((line) => `    ${line}`),
  ];
  const before = [...obstacles, ...notes].flatMap(comment);
  return obstacles.length === 0 ? [...before, ...block] : [...before, ...block.map((line) => `# ${line}`)];
}

/** Stands where a value is yet to be found, and is none itself. */
const MISSING = '…';

function networkLines({ vpc, subnets, webServer, airflowEndpoint }: NetworkDraft): string[] {
  return [
    `id: ${vpc === undefined ? `vpc-${MISSING}` : scalar(vpc)}`,
    `subnets: [${subnets.map(scalar).join(', ')}]`,
    ...webServer.notes.flatMap(comment),
    `webServerSecurityGroup: ${scalar(webServer.securityGroup)}`,
    ...airflowEndpoint.notes.flatMap(comment),
    ...endpointLines(airflowEndpoint),
  ];
}

const endpointLines = ({ securityGroup }: GroupDraft): string[] =>
  securityGroup === undefined
    ? [
        `# airflowEndpoint: { securityGroup: sg-${MISSING} }`,
        `# airflowEndpoint: { create: { cidrs: [${MISSING}] } }   # the address ranges of the VPC`,
      ]
    : [`airflowEndpoint: { securityGroup: ${scalar(securityGroup)} }`];

/** In quotes where YAML would read it as something else than text. */
const scalar = (value: unknown): string => stringify(value).trimEnd();

const WIDTH = 98;

/** Whatever the text has in it, every line of it is a comment. */
const comment = (text: string): string[] => filled(text.split(/\s+/), WIDTH).map((line) => `# ${line}`);
