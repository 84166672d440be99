import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { AUTHORIZER_FUNCTION } from '../../../contract/function-names.ts';
import { buildFunction } from '../../../lib/functions/build-function.ts';
import { AUTHORIZER_FILE, signToken } from './authorizer-tokens.ts';

/** Builds the bundle as it is deployed: one CommonJS module, with its data file in the same folder. */
test('the bundle runs on its own, and fetches keys only over HTTPS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'authorizer-'));
  const outfile = join(folder, AUTHORIZER_FUNCTION.bundleFile);
  const entry = fileURLToPath(new URL(`../../../lambda/${AUTHORIZER_FUNCTION.entry}`, import.meta.url));
  const bundle = Buffer.from(buildFunction(outfile, entry));
  writeFileSync(outfile, bundle);
  writeFileSync(
    join(folder, AUTHORIZER_FUNCTION.dataFile),
    JSON.stringify({ ...AUTHORIZER_FILE, jwksUri: 'http://127.0.0.1/jwks' }),
  );
  const logged: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(line));

  const { handler } = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  const methodArn = 'arn:aws:execute-api:eu-west-1:111122223333:abc/v1/GET/oidc/environments';
  const authorize = (authorizationToken: string) => handler({ type: 'TOKEN', authorizationToken, methodArn });

  await expect(authorize('Bearer aa.bb')).rejects.toThrow(/^Unauthorized$/);
  await expect(authorize(`Bearer ${await signToken()}`)).rejects.toThrow('could not be fetched');
  expect(logged.map((line) => JSON.parse(line).why)).toEqual(['NoBearerToken', 'IssuerUnreachable']);
  expect(bundle.length).toBeLessThan(40 * 1024);
});
