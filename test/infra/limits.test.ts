import { describe, expect, test } from 'vitest';
import { MOST_PATHS } from '../../lib/config/check-draft.ts';
import { configOf, synthesis } from './synthesis.ts';
import { OIDC } from './two-environments.ts';

const environments = (count: number, more = '') =>
  Array.from({ length: count }, (_, n) => {
    const [id, airflow] = [n.toString(16).padStart(4, '0'), ['2.10.3', '3.0.6', '2.7.2'][n % 3]];
    return `  env-${n}: { airflow: ${airflow}, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-${id} }${more} }\n`;
  }).join('');

const fileOf = (count: number, api = 'callers: { accounts: ["111122223333"] }') => `region: eu-west-1
api: { ${api} }
environments:
${environments(count)}grants:
  - { who: "arn:aws:iam::111122223333:role/etl", where: "*", may: ["@read", "dags trigger *"] }
`;

const faultOf = (text: string): string => {
  try {
    configOf(text);
    return 'none';
  } catch (fault) {
    return (fault as Error).message;
  }
};

/** Most resources, and bytes, of one template. Source: CloudFormation quotas. */
const LIMITS = { resources: 500, bytes: 1_000_000, outputs: 200, parameters: 200 };

describe.each([1, 50])('%i environments', (count) => {
  const { texts, resources } = synthesis(fileOf(count));
  const templates = texts.map((text) => JSON.parse(text));

  test('every template is within the limits of CloudFormation', () => {
    expect(templates).toHaveLength(1 + count);
    for (const [index, template] of templates.entries()) {
      const { Resources, Outputs = {}, Parameters = {} } = template;
      expect(Object.keys(Resources).length).toBeLessThanOrEqual(LIMITS.resources);
      expect(Object.keys(Outputs).length).toBeLessThanOrEqual(LIMITS.outputs);
      expect(Object.keys(Parameters).length).toBeLessThanOrEqual(LIMITS.parameters);
      expect(texts[index]?.length).toBeLessThan(LIMITS.bytes);
    }
  });

  test('two runs give the same templates', () => {
    expect(synthesis(fileOf(count)).texts).toEqual(texts);
  });

  test('the API is within the limit of its paths, as they are counted before', () => {
    const parts = resources('AWS::ApiGateway::Resource').length + 1;

    expect(parts).toBeLessThanOrEqual(MOST_PATHS);
    expect(parts).toBe(2 + 5 * count);
  });
});

describe('what does not fit is refused, with what to do', () => {
  test.each<[what: string, text: string, expected: RegExp]>([
    ['59 environments', fileOf(59), /^none$/],
    [
      '60 environments',
      fileOf(60),
      /^f\.yaml:3:1 {2}environments {2}60 in eu-west-1 make 302 paths, and API Gateway gives an API 300: 59 fit\. Put the others into a file of their own/,
    ],
    ['29 with tokens', fileOf(29, OIDC), /^none$/],
    ['30 with tokens', fileOf(30, OIDC), /30 in eu-west-1 make 304 paths, .* 29 fit with api\.oidc\./],
    ['60, of which some are off', fileOf(60).replace('airflow:', 'enabled: false, airflow:'), /^none$/],
    [
      'more callers in grants than a resource policy holds',
      fileOf(1, 'tracing: true').replace(
        'who: "arn:aws:iam::111122223333:role/etl"',
        `who: [${Array.from({ length: 60 }, (_, n) => `"arn:aws:iam::111122223333:role/team-${n}"`).join(', ')}]`,
      ),
      /api\.callers {2}left out, and the callers whom grants name make a resource policy of \d+ characters, .*name accounts or an organisation here/,
    ],
    ['60 in two regions', fileOf(60).replaceAll(/(env-\d: {) /g, '$1 region: us-east-1, '), /^none$/],
  ])('%s', (_what, text, expected) => {
    expect(faultOf(text)).toMatch(expected);
  });
});
