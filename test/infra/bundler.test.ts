import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createFrontFile, serializeFile, toFunctionCatalog } from '../../config/function-files.ts';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION, RELAY_FUNCTION, REST_FUNCTION } from '../../contract/function-names.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { buildFunction } from '../../lib/functions/build-function.ts';
import { resolveEntryPoint } from '../../lib/functions/bundler.ts';
import { parseTestConfig, skipGrantCheck } from '../fixtures/parse-test-config.ts';
import { OIDC_CONFIG } from '../fixtures/two-environments.ts';
import { createStubEntries, createStubEntry, synthesizeConfig } from './synthesize-config.ts';

const CONFIG = `
region: eu-west-1
environments:
  a: &settings
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
  b: *settings
`;

const createEntry = (source: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'entry-')), 'relay.ts');
  writeFileSync(file, source);
  return file;
};

test('the bundle of the relay has one code file under 168 KB, one data file, and its handler', async () => {
  const { folder, relay } = synthesizeConfig(CONFIG, createStubEntries(resolveEntryPoint(RELAY_FUNCTION)));
  const asset = `asset.${relay('a').function.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
  const code = readFileSync(join(folder, asset, RELAY_FUNCTION.bundleFile));

  expect(readdirSync(join(folder, asset)).sort()).toEqual([RELAY_FUNCTION.dataFile, RELAY_FUNCTION.bundleFile].sort());
  expect(code.byteLength).toBeLessThan(168 * 1024);
  expect(code.toString()).toMatch(/module\.exports=\{handler\}/);
});

test.each([
  { names: FRONT_FUNCTION, kilobytes: 200, handlers: /module\.exports=\{buffered,handler\}/ },
  { names: REST_FUNCTION, kilobytes: 170, handlers: /module\.exports=\{handler\}/ },
  { names: AUTHORIZER_FUNCTION, kilobytes: 60, handlers: /module\.exports=\{handler\}/ },
])(
  'the bundle of $names.entry has less than $kilobytes KB of code, and its handlers',
  ({ names, kilobytes, handlers }) => {
    const configWithOidc = CONFIG.replace('environments:', `api: { ${OIDC_CONFIG} }\nenvironments:`).replace(
      'airflow: 2.10.3',
      'airflow: 2.10.3\n    rest: true',
    );
    const { folder, resources } = synthesizeConfig(configWithOidc, (candidate) =>
      candidate === names ? resolveEntryPoint(candidate) : createStubEntry(),
    );
    const lambdaFunction = resources('AWS::Lambda::Function').find(
      ({ Properties }) => Properties.Handler === names.handler,
    );
    const asset = `asset.${lambdaFunction?.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
    const code = readFileSync(join(folder, asset, names.bundleFile));

    expect(code.byteLength).toBeLessThan(kilobytes * 1024);
    expect(code.toString()).toMatch(handlers);
  },
);

test('the files of the front with all catalogs and 1,000 grants have less than 250 KB when compressed, as in a ZIP file', () => {
  const releases = CATALOGS.releases();
  const vpc = '{ id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }';
  const environments = releases.map(
    (airflow) => `  e${airflow.replaceAll('.', '-')}: { airflow: ${airflow}, vpc: ${vpc} }`,
  );
  const grants = Array.from({ length: 1000 }, (_, index) => {
    const role = createHash('sha256').update(String(index)).digest('hex').slice(0, 16);
    return `  - { who: "arn:aws:iam::111122223333:role/${role}", where: "*", may: ["dags trigger ${role}_* --conf=* --run-id=*", version] }`;
  });
  const api = 'api: { callers: { accounts: ["111122223333"] } }';
  const lines = ['region: eu-west-1', api, 'environments:', ...environments, 'grants:', ...grants];
  const config = parseTestConfig(lines.join('\n'), skipGrantCheck);
  const code = buildFunction(FRONT_FUNCTION.bundleFile, resolveEntryPoint(FRONT_FUNCTION));
  const texts = [
    serializeFile(
      createFrontFile(
        config,
        config.environments,
        (name) => `proxy-relay-${name}`,
        (name) => `proxy-relay-${name}-rest`,
      ),
    ),
    ...releases.map((release) => serializeFile(toFunctionCatalog(CATALOGS.read(release)))),
  ];

  expect(config.grants).toHaveLength(1000);
  expect([code, ...texts].reduce((sum, file) => sum + deflateRawSync(file).byteLength, 0)).toBeLessThan(250 * 1024);
  // Help texts would double what a function reads.
  expect(texts.filter((text) => text.includes('"help":'))).toEqual([]);
});

test('environments with the same settings have separate data files', () => {
  const { relay } = synthesizeConfig(CONFIG);

  expect([relay('a'), relay('b')].map(({ environmentFile }) => environmentFile)).toMatchObject([
    { name: 'a' },
    { name: 'b' },
  ]);
});

test('bundles changed code again, even in the same process and folder', () => {
  const entry = createEntry('export const handler = () => "first";');
  const before = synthesizeConfig(CONFIG, createStubEntries(entry));
  writeFileSync(entry, 'export const handler = () => "second";');

  expect(synthesizeConfig(CONFIG, createStubEntries(entry), before.folder).texts).not.toEqual(before.texts);
});

test('reports the error of esbuild', () => {
  const entry = createEntry("import { missing } from 'no-such-package';\nexport const handler = missing;");

  expect(() => synthesizeConfig(CONFIG, createStubEntries(entry))).toThrow('Could not resolve "no-such-package"');
});

test('rejects a bundle that could not be loaded', () => {
  const entry = createEntry("export const handler = await import('node:fs');");

  expect(() => synthesizeConfig(CONFIG, createStubEntries(entry))).toThrow(
    'Top-level await is currently not supported',
  );
});
