import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION, RELAY_FUNCTION } from '../../contract/function-names.ts';
import { resolveEntryPoint } from '../../lib/functions/bundler.ts';
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

test('the bundle of the relay has one code file under 150 KB, one data file, and its handler', async () => {
  const { folder, relay } = synthesizeConfig(CONFIG, createStubEntries(resolveEntryPoint(RELAY_FUNCTION)));
  const asset = `asset.${relay('a').function.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
  const code = readFileSync(join(folder, asset, RELAY_FUNCTION.bundleFile));

  expect(readdirSync(join(folder, asset)).sort()).toEqual([RELAY_FUNCTION.dataFile, RELAY_FUNCTION.bundleFile].sort());
  expect(code.byteLength).toBeLessThan(150 * 1024);
  expect(code.toString()).toMatch(/module\.exports=\{handler\}/);
});

test.each([
  { names: FRONT_FUNCTION, kilobytes: 345, handlers: /module\.exports=\{buffered,handler\}/ },
  { names: AUTHORIZER_FUNCTION, kilobytes: 60, handlers: /module\.exports=\{handler\}/ },
])(
  'the bundle of $names.entry has less than $kilobytes KB of code, and its handlers',
  ({ names, kilobytes, handlers }) => {
    const configWithOidc = CONFIG.replace('environments:', `api: { ${OIDC_CONFIG} }\nenvironments:`);
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
