/** The REST API of one release, twice: of a web server itself, and of an equal one through the proxy, with tokens of a real issuer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { findOperationFacts } from '../../airflow/rest/operation-facts.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { startScheduler } from '../../local/airflow/start-scheduler.ts';
import { type AirflowWebServer, startWebServer } from '../../local/airflow/start-web-server.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';

const DAGS = fileURLToPath(new URL('../fixtures/rest-dags', import.meta.url));

/** Where a client sends its requests, and its token. */
export interface RestAddress {
  /** Without `/api/v1` or `/api/v2`. */
  readonly url: string;
  readonly token: string;
}

export interface RestDoor {
  readonly stack: LocalStack;
  /** The proxy's address for a caller, by the name that its grant has in `oidc:sub=NAME`. */
  connect(caller: string): Promise<RestAddress>;
  /** The address of an equal web server, without the proxy. The caller has Airflow's role `Admin`. */
  connectDirectly(): Promise<RestAddress>;
  close(): Promise<void>;
}

export interface RestDoorOptions {
  /** What each caller may do, by name. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** Runs the tasks of triggered runs. */
  readonly runsTasks?: boolean;
  readonly tokenLifeSeconds?: number;
}

/** Starts what is needed. Each web server has a database of its own. */
export async function startRestDoor(
  release: string,
  installed: InstalledAirflow,
  { grants, runsTasks = false, tokenLifeSeconds = 3600 }: RestDoorOptions,
): Promise<RestDoor> {
  const folder = await mkdtemp(join(tmpdir(), 'rest-door-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const configFile = join(folder, 'config.yaml');
    await writeFile(
      configFile,
      createConfigText({
        api: `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { org: data } }`,
        environments: { prod: `airflow: ${release}, rest: true` },
        grants: Object.entries(grants).map(
          ([name, rules]) => `who: "oidc:sub=${name}", where: "*", may: ${JSON.stringify(rules)}`,
        ),
      }),
    );
    let issuer: OidcIssuer | undefined;
    const callers = Object.keys(grants).map((name) => [
      name,
      { claims: { org: 'data' }, lifeSeconds: tokenLifeSeconds },
    ]);
    const stack = await startLocalStack({
      configFile,
      dags: DAGS,
      runsTasks,
      onProgress: console.error,
      createExtraNetwork: async (issue) => {
        issuer = await startOidcIssuer(issue, Object.fromEntries(callers));
        return issuer.network;
      },
    });
    closing.push(async () => {
      await stack.close();
      await issuer?.close();
    });
    let direct: Promise<AirflowWebServer> | undefined;
    const startDirect = async (): Promise<AirflowWebServer> => {
      const home = await createAirflowHome(installed, join(folder, 'direct'), { dags: DAGS });
      if (runsTasks) closing.push(await startScheduler(release, home));
      const webServer = await startWebServer(release, home);
      closing.push(() => webServer.close());
      return webServer;
    };
    return {
      stack,
      connect: async (caller) => ({
        url: `${stack.url}/oidc/environments/prod`,
        token: (await issuer?.issueToken(caller)) ?? '',
      }),
      connectDirectly: async () => {
        direct ??= startDirect();
        const webServer = await direct;
        return { url: webServer.url, token: await logIn(webServer, release) };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns the cookie `session` of 2.x, or the JWT of 3.x */
export async function logIn({ url, loginKey }: AirflowWebServer, release: string): Promise<string> {
  const token = await new SignJWT({ sub: 'direct', role: 'Admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('web')
    .setExpirationTime('1 minute')
    .sign(Buffer.from(loginKey));
  const isAirflow3 = release.startsWith('3.');
  const response = await fetch(`${url}${isAirflow3 ? '/pluginsv2' : ''}/aws_mwaa/login`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  });
  const name = isAirflow3 ? '_token' : 'session';
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith(`${name}=`));
  if (cookie === undefined) throw new Error(`The login answered ${response.status} without the cookie ${name}.`);
  return cookie.slice(name.length + 1).split(';')[0]!;
}

/** Rules for every operation that the proxy offers in a release. */
export function grantEverything(release: string): string[] {
  const catalog = CATALOGS.readOperations(release);
  if (catalog === undefined) throw new Error(`There are no operations of Airflow ${release}.`);
  return [...catalog.commands].flatMap(([{ method, path }, command]) => {
    if (findOperationFacts(method, path)?.notOffered !== undefined) return [];
    const options = command.arguments.some(({ flags }) => flags !== undefined) ? ' --*' : '';
    return [`api ${method} ${path.replace(/\{\w+\}/g, '*')}${options}`];
  });
}
