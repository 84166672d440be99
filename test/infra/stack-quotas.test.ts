import { describe, expect, test } from 'vitest';
import { MAX_API_RESOURCES } from '../../config/check-draft.ts';
import { parseTestConfig, synthesizeConfig } from './synthesize-config.ts';
import { OIDC_CONFIG } from './two-environments.ts';

const createEnvironmentsText = (count: number, more = '') =>
  Array.from({ length: count }, (_, n) => {
    const [id, airflow] = [n.toString(16).padStart(4, '0'), ['2.10.3', '3.0.6', '2.7.2'][n % 3]];
    return `  env-${n}: { airflow: ${airflow}, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-${id} }${more} }\n`;
  }).join('');

const createConfigText = (count: number, api = 'callers: { accounts: ["111122223333"] }') => `region: eu-west-1
api: { ${api} }
environments:
${createEnvironmentsText(count)}grants:
  - { who: "arn:aws:iam::111122223333:role/etl", where: "*", may: ["@read", "dags trigger *"] }
`;

const readConfigError = (text: string): string => {
  try {
    parseTestConfig(text);
    return 'none';
  } catch (fault) {
    return (fault as Error).message;
  }
};

/** Most resources, and bytes, of one template. Source: CloudFormation quotas. */
const CLOUDFORMATION_QUOTAS = { resources: 500, bytes: 1_000_000, outputs: 200, parameters: 200 };

describe.each([1, 50])('%i environments', (count) => {
  const { texts, resources } = synthesizeConfig(createConfigText(count));
  const templates = texts.map((text) => JSON.parse(text));

  test('every template is within the limits of CloudFormation', () => {
    expect(templates).toHaveLength(1 + count);
    for (const [index, template] of templates.entries()) {
      const { Resources, Outputs = {}, Parameters = {} } = template;
      expect(Object.keys(Resources).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.resources);
      expect(Object.keys(Outputs).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.outputs);
      expect(Object.keys(Parameters).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.parameters);
      expect(texts[index]?.length).toBeLessThan(CLOUDFORMATION_QUOTAS.bytes);
    }
  });

  test('two runs give the same templates', () => {
    expect(synthesizeConfig(createConfigText(count)).texts).toEqual(texts);
  });

  test('the API is within the limit of its paths, as they are counted before', () => {
    const parts = resources('AWS::ApiGateway::Resource').length + 1;

    expect(parts).toBeLessThanOrEqual(MAX_API_RESOURCES);
    expect(parts).toBe(2 + 5 * count);
  });
});

describe('what does not fit is refused, with what to do', () => {
  test.each<[what: string, text: string, expected: RegExp]>([
    ['59 environments', createConfigText(59), /^none$/],
    [
      '60 environments',
      createConfigText(60),
      /^f\.yaml:3:1 {2}environments {2}60 in eu-west-1 make 302 paths, and API Gateway gives an API 300: 59 fit\. Put the others into a file of their own/,
    ],
    ['29 with tokens', createConfigText(29, OIDC_CONFIG), /^none$/],
    ['30 with tokens', createConfigText(30, OIDC_CONFIG), /30 in eu-west-1 make 304 paths, .* 29 fit with api\.oidc\./],
    ['60, of which some are off', createConfigText(60).replace('airflow:', 'enabled: false, airflow:'), /^none$/],
    [
      'more callers in grants than a resource policy holds',
      createConfigText(1, 'tracing: true').replace(
        'who: "arn:aws:iam::111122223333:role/etl"',
        `who: [${Array.from({ length: 60 }, (_, n) => `"arn:aws:iam::111122223333:role/team-${n}"`).join(', ')}]`,
      ),
      /api\.callers {2}left out, and the callers whom grants name make a resource policy of \d+ characters, .*name accounts or an organization here/,
    ],
    ['60 in two regions', createConfigText(60).replaceAll(/(env-\d: {) /g, '$1 region: us-east-1, '), /^none$/],
  ])('%s', (_what, text, expected) => {
    expect(readConfigError(text)).toMatch(expected);
  });
});
