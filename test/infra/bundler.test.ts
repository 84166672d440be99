import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION, RELAY_FUNCTION } from '../../contract/function-names.ts';
import { resolveEntryPoint } from '../../lib/functions/bundler.ts';
import { createStubEntries, createStubEntry, synthesizeConfig } from './synthesize-config.ts';
import { OIDC_CONFIG } from './two-environments.ts';

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

test('the relay itself bundles: one file of code, one of data, less than 200 KB, with its handler', async () => {
  const { folder, relay } = synthesizeConfig(CONFIG, createStubEntries(resolveEntryPoint(RELAY_FUNCTION)));
  const asset = `asset.${relay('a').function.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
  const code = readFileSync(join(folder, asset, RELAY_FUNCTION.bundleFile));

  expect(readdirSync(join(folder, asset)).sort()).toEqual([RELAY_FUNCTION.dataFile, RELAY_FUNCTION.bundleFile].sort());
  expect(code.byteLength).toBeLessThan(200 * 1024);
  expect(code.toString()).toMatch(/export\{[\w$]+ as buffered,[\w$]+ as handler\}/);
});

test.each([FRONT_FUNCTION, AUTHORIZER_FUNCTION])(
  '$entry bundles to less than 60 KB of code, with its handler',
  (names) => {
    const withTokens = CONFIG.replace('environments:', `api: { ${OIDC_CONFIG} }\nenvironments:`);
    const { folder, resources } = synthesizeConfig(withTokens, (one) =>
      one === names ? resolveEntryPoint(one) : createStubEntry(),
    );
    const found = resources('AWS::Lambda::Function').find(({ Properties }) => Properties.Handler === names.handler);
    const asset = `asset.${found?.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
    const code = readFileSync(join(folder, asset, names.bundleFile));

    expect(code.byteLength).toBeLessThan(60 * 1024);
    expect(code.toString()).toMatch(/export\{[\w$]+ as handler\}/);
  },
);

test('environments with the same code and settings still get a file each', () => {
  const { relay } = synthesizeConfig(CONFIG);

  expect([relay('a'), relay('b')].map(({ environmentFile }) => environmentFile)).toMatchObject([
    { name: 'a' },
    { name: 'b' },
  ]);
});

test('code that changed is bundled anew, also in the same process and folder', () => {
  const entry = createEntry('export const handler = () => "first";');
  const before = synthesizeConfig(CONFIG, createStubEntries(entry));
  writeFileSync(entry, 'export const handler = () => "second";');

  expect(synthesizeConfig(CONFIG, createStubEntries(entry), before.folder).texts).not.toEqual(before.texts);
});

test('a bundle that cannot be made says why', () => {
  const entry = createEntry("import { missing } from 'no-such-package';\nexport const handler = missing;");

  expect(() => synthesizeConfig(CONFIG, createStubEntries(entry))).toThrow('Could not resolve "no-such-package"');
});

test('a bundle that would fail at run time is not made', () => {
  const entry = createEntry("export const handler = () => require('node:fs');");

  expect(() => synthesizeConfig(CONFIG, createStubEntries(entry))).toThrow('give the bundle a createRequire banner');
});
