import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { DEPLOYMENT_TIMEOUTS } from '../../config/deployment-file.ts';
import { type LocalAws, startAws } from '../../local/aws/start-aws.ts';
import { createStack, type PlayedStack } from '../../local/cloudformation/play-stack.ts';
import { type ResponseBucket, startResponseBucket } from '../../local/cloudformation/response-bucket.ts';
import type { RawTemplate } from '../../local/gateway/template/raw-template.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import {
  DEPLOYMENT_ACCOUNT as ACCOUNT,
  createDeploymentConfig,
  DEPLOYMENT_REGION as REGION,
} from '../fixtures/deployment-config.ts';
import { readRecipe } from './deployment-recipes.ts';

/** Adds the configuration of docs/deployments.md. */
function addRecipeConfig(text: string): string {
  const config = parse(text);
  const recipe = parse(readRecipe('deployments.yaml'));
  return stringify({
    ...config,
    deployments: { ...config.deployments, ...recipe.deployments },
    grants: [...config.grants, ...recipe.grants],
  });
}

export interface DeploymentStack extends LocalStack {
  readonly bucket: ResponseBucket;
  /** Secrets Manager and SSM. Undefined if moto is not available. */
  readonly aws: LocalAws | undefined;
  /** Creates a stack of CloudFormation that the role of the deployment deploys. */
  createStack(
    name: string,
    options?: { readonly principal?: Principal; readonly imports?: Record<string, string> },
  ): PlayedStack;
  /** Invokes the function of a deployment directly. Waits while another invocation runs, as the SDK of AWS does. Returns the result or the error. */
  invoke(deployment: string, principal: Principal, event: object): Promise<unknown>;
  /** The ARN of the function of a deployment. */
  getServiceToken(deployment: string): string;
  getPrincipal(account: string, role: string): Principal;
}

export async function startDeploymentStack(
  release: string,
  options: Partial<LocalStackOptions> = {},
  config = addRecipeConfig(createDeploymentConfig(release)),
): Promise<DeploymentStack> {
  const folder = mkdtempSync(join(tmpdir(), 'deployments-'));
  const configFile = join(folder, 'config.yaml');
  writeFileSync(configFile, config);
  let bucket: ResponseBucket | undefined;
  let aws: LocalAws | undefined;
  const close = async () => {
    await Promise.all([bucket?.close(), aws?.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const stack = await startLocalStack({
      configFile,
      environments: ['prod'],
      ...options,
      async createExtraNetwork(issueCertificate, principals) {
        const [started, startedBucket] = await Promise.all([
          startAws({
            partition: 'aws',
            region: REGION,
            account: ACCOUNT,
            services: ['secretsmanager', 'ssm'],
            principals,
            issueCertificate,
          }),
          startResponseBucket({ region: REGION, now: Date.now, issueCertificate }),
        ]);
        bucket = startedBucket;
        if (!('unavailable' in started)) aws = started;
        return { ...aws?.network, ...bucket.network };
      },
    });
    const getPrincipal = (account: string, role: string) =>
      stack.createCallerInAccount(account, role, 'AWSCloudFormation', [
        {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }],
        },
      ]);
    const deployer = getPrincipal(ACCOUNT, `cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-${REGION}`);
    const getServiceToken: DeploymentStack['getServiceToken'] = (deployment) => {
      const found = [...stack.gateway.model.functions.values()].find(({ name }) =>
        name.endsWith(`-deploy-${deployment}`),
      );
      if (found === undefined) throw new Error(`There is no deployment ${deployment}.`);
      return found.arn;
    };
    return {
      ...stack,
      aws,
      bucket: bucket!,
      getPrincipal,
      getServiceToken,
      async invoke(deployment, principal, event) {
        for (;;) {
          const { result, payload } = await stack.gateway.invokeFunction(getServiceToken(deployment), event, principal);
          if (result.kind === 'success') return JSON.parse(payload.toString());
          if (result.kind === 'function-error') return result.error.errorMessage;
          await sleep(100);
        }
      },
      createStack: (name, { principal = deployer, imports = {} } = {}) =>
        createStack({
          name,
          account: ACCOUNT,
          region: REGION,
          bucket: bucket!,
          imports,
          maximumRetryAttempts: 0,
          maximumEventAgeSeconds: DEPLOYMENT_TIMEOUTS.eventSeconds,
          invoke: async (functionArn, event) =>
            (await stack.gateway.invokeFunction(functionArn, event, principal)).result,
        }),
      close: async () => {
        await stack.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A template with one resource. */
export const createTemplate = (
  serviceToken: string,
  properties: Readonly<Record<string, unknown>>,
  logicalId = 'Settings',
): RawTemplate =>
  ({
    Resources: {
      [logicalId]: {
        Type: 'Custom::AirflowCommands',
        Properties: { ServiceToken: serviceToken, ServiceTimeout: 1860, Environment: 'prod', ...properties },
      },
    },
  }) as unknown as RawTemplate;

/** What the database of Airflow has: names of variables and connections, slots of pools, and runs of the proxy. */
export function readAirflow({ environments }: Pick<LocalStack, 'environments'>) {
  const home = environments[0]?.home;
  if (home === undefined) throw new Error('There is no real Airflow.');
  const database = new DatabaseSync(home.database, { readOnly: true, timeout: 30_000 });
  const query = (sql: string) => database.prepare(sql).all();
  try {
    return {
      variables: query('SELECT key FROM variable ORDER BY key').map(({ key }) => String(key)),
      connections: query(
        "SELECT conn_id, host FROM connection WHERE conn_id LIKE 'team%' OR conn_id LIKE 'reporting%' ORDER BY conn_id",
      ).map(({ conn_id: id, host }) => `${id} ${host}`),
      pools: query("SELECT pool, slots FROM slot_pool WHERE pool <> 'default_pool' ORDER BY pool").map(
        ({ pool, slots }) => `${pool} ${slots}`,
      ),
      runs: query("SELECT run_id FROM dag_run WHERE run_id LIKE 'mwaa-cli-proxy%' ORDER BY id").map(({ run_id: id }) =>
        String(id),
      ),
    };
  } finally {
    database.close();
  }
}
