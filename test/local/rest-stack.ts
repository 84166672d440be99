import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { type ApiResponse, sendRequest } from './small-stack.ts';

/** The callers assume it. Its ARN is their principal. */
export const ROLE = 'arn:aws:iam::111122223333:role/data-engineer';

const DAGS = fileURLToPath(new URL('../fixtures/rest-dags', import.meta.url));

/** The DAG that the tests trigger. Nothing schedules it. */
export const DAG = 'reporting_daily';

/** What one call of a test sends. */
export interface RestCall {
  readonly method?: string;
  /** Below `/api/v1` or `/api/v2`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caller?: Principal;
}

/** A stack whose environment offers the REST API of a real Airflow. */
export interface RestStack extends LocalStack {
  readonly engineer: Principal;
  /** All tokens that were issued. */
  readonly tokens: readonly string[];
  /** Sends a signed request, and waits for the response. */
  call(call: RestCall): Promise<ApiResponse>;
  /** Sends a signed GET for a path below the environment. */
  callEnvironment(path: string): Promise<ApiResponse>;
  /** Triggers `DAG`. */
  trigger(body: object, headers?: Readonly<Record<string, string>>, caller?: Principal): Promise<ApiResponse>;
}

/**
 * Starts the stack of the tests of the REST API, with one environment, `prod`. Its Airflow role is `User`. Closing the stack removes its
 * configuration too.
 */
export async function startRestStack(
  release: string,
  { queueSeconds = 10, ...options }: Partial<LocalStackOptions> & { readonly queueSeconds?: number } = {},
): Promise<RestStack> {
  const folder = await mkdtemp(join(tmpdir(), 'rest-stack-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const timeouts = `{ queueSeconds: ${queueSeconds}, functionSeconds: 40, abortSeconds: 35, postSeconds: 8, connectSeconds: 3, tokenSeconds: 8, busySeconds: 1 }`;
    const configFile = join(folder, 'config.yaml');
    await writeFile(
      configFile,
      createConfigText({
        environments: { prod: `airflow: ${release}, rest: true, restRole: User, timeouts: ${timeouts}` },
        grants: [
          `who: "${ROLE}*", where: "*", may: ["@read", "@health", "dags trigger * --conf=* --run-id=*", "api POST /dags/*/dagRuns --*",
            "api GET /dags --*", ${release.startsWith('3.') ? '"api GET /assets --*", "api POST /assets/*/materialize --*",' : ''} "api POST /variables --*", "api GET /variables --*"]`,
        ],
      }),
    );
    const tokens: string[] = [];
    const onToken = (token: string) => void tokens.push(token);
    const stack = await startLocalStack({ configFile, dags: DAGS, onProgress: console.error, onToken, ...options });
    const engineer = stack.createCaller('data-engineer', 'jo');
    const base = `/environments/prod/api/${release.startsWith('2.') ? 'v1' : 'v2'}`;
    const call = ({ method, path, body, headers = {}, caller = engineer }: RestCall): Promise<ApiResponse> =>
      sendRequest(stack, {
        path: `${base}${path}`,
        ...(method === undefined ? {} : { method }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers,
        caller,
      });
    const close = async () => {
      await stack.close();
      await remove();
    };
    return {
      ...stack,
      engineer,
      tokens,
      call,
      callEnvironment: (path) => sendRequest(stack, { path: `/environments/prod${path}`, caller: engineer }),
      trigger: (body, headers, caller) =>
        call({ path: `/dags/${DAG}/dagRuns`, body, ...(headers && { headers }), ...(caller && { caller }) }),
      close,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
