/** The local stack that the rows of the contract run against. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from '../local/oidc-issuer.ts';
import { createProcessEnvironment, startDriver } from './drivers.ts';
import { createPlayedAirflow, SLOW_DAG } from './played-airflow.ts';
import type { CallAnswer } from './protocol.ts';

export interface ContractStack {
  readonly stack: LocalStack;
  /** `forged`: the secret key is wrong. */
  createCaller(name: 'team' | 'nobody' | 'forged'): Principal;
  issueToken(client: 'service' | 'short'): Promise<string>;
  close(): Promise<void>;
}

const CONFIG = createConfigText({
  api: `callers: { accounts: ["111122223333"] }, throttling: { ratePerSecond: 1000, burst: 1000 },
    oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { org: data } }`,
  environments: {
    prod: 'airflow: 2.10.3, concurrency: 20, limits: { outputBytes: 6500000 }',
    flaky: 'airflow: 2.10.3, concurrency: 20, timeouts: { queueSeconds: 1 }',
    two: 'airflow: 2.10.3, concurrency: 2',
  },
  grants: ['arn:aws:iam::111122223333:role/team', 'oidc:org=data'].map(
    (who) => `who: "${who}", where: "*", may: ["@read", "@secrets", "dags trigger * --*", "variables set note-* *"]`,
  ),
});

/** Callers that trigger at the same moment, each with a key of its own, in one process. They call the API, without a door. */
export async function runCrowd(
  { stack, createCaller }: Pick<ContractStack, 'stack' | 'createCaller'>,
  command: Parameters<typeof startDriver>[0],
  callers: number,
  { environment = 'two', dagId = SLOW_DAG }: { readonly environment?: string; readonly dagId?: string } = {},
): Promise<CallAnswer[]> {
  const driver = startDriver(command, createProcessEnvironment());
  try {
    const client = { url: stack.url, environment, region: stack.region, credentials: createCaller('team') };
    const name = crypto.randomUUID();
    return await Promise.all(
      Array.from({ length: callers }, (_, index) => {
        const args = { argv: ['dags', 'trigger', dagId], idempotencyKey: `${name}-${index}` };
        return driver.call({ name: 'run', client, arguments: args });
      }),
    );
  } finally {
    await driver.close();
  }
}

/** Life of a token for `short`. API Gateway caches no result of the authorizer for it. */
const SHORT_SECONDS = 2;

export async function startContractStack(): Promise<ContractStack> {
  const folder = mkdtempSync(join(tmpdir(), 'contract-'));
  const configFile = join(folder, 'config.yaml');
  writeFileSync(configFile, CONFIG);
  let issuer: OidcIssuer | undefined;
  try {
    const stack = await startLocalStack({
      configFile,
      replay: true,
      adaptRunner: createPlayedAirflow,
      behavior: { maxConcurrentCommands: 100 },
      createExtraNetwork: async (issue) => {
        const claims = { org: 'data' };
        issuer = await startOidcIssuer(issue, { service: { claims }, short: { claims, lifeSeconds: SHORT_SECONDS } });
        return issuer.network;
      },
    });
    return {
      stack,
      createCaller(name) {
        const caller = stack.createCaller(name === 'forged' ? 'team' : name, 'contract');
        return name === 'forged' ? { ...caller, secretAccessKey: 'wrong' } : caller;
      },
      issueToken: (client) => issuer!.issueToken(client),
      async close() {
        await stack.close();
        await issuer?.close();
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
