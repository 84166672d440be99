import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Config } from '../config/config-types.ts';
import type { ServerCertificate } from './mwaa/certificate-authority.ts';
import { isRoleOf, type LocalCaller } from './select-caller.ts';

/**
 * Tokens for clients that cannot sign requests with AWS credentials, such as airflowctl. Their issuer exists on this machine only: it
 * publishes a key that is generated at each start.
 */
export interface LocalTokens {
  /** Serves the issuer's key. Returns its address for the functions' network. */
  serve(issue: (hostname: string) => Promise<ServerCertificate>): Promise<Readonly<Record<string, string>>>;
  issueToken(): Promise<string>;
  close(): Promise<void>;
}

const HOST = 'tokens.example.com';
const ISSUER = `https://${HOST}`;
const AUDIENCE = 'mwaa-cli-proxy';
/** The subject of every token. */
const SUBJECT = 'you';

/** A token ends with the stack: the next one has another key. */
const LIFE = '30 days';

export async function createLocalTokens(): Promise<LocalTokens> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256', use: 'sig' }];
  let close = async () => {};
  return {
    async serve(issue) {
      const server = createServer(await issue(HOST), (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      server.unref();
      close = async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
      return { [`${HOST}:443`]: `127.0.0.1:${(server.address() as AddressInfo).port}` };
    },
    issueToken: () =>
      new SignJWT()
        .setProtectedHeader({ alg: 'ES256', kid: '1' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(SUBJECT)
        .setExpirationTime(LIFE)
        .sign(privateKey),
    close: () => close(),
  };
}

/** Lets the API accept the tokens. Their subject may do what the caller may. */
export const acceptLocalTokens = (config: Config, caller: LocalCaller): Config => ({
  ...config,
  api: {
    ...config.api,
    oidc: {
      issuer: ISSUER,
      audience: [AUDIENCE],
      requiredClaims: { sub: SUBJECT },
      cacheSeconds: 300,
      concurrency: 10,
    },
  },
  grants: config.grants.map((grant) =>
    grant.who.some((arn) => isRoleOf(arn, caller)) ? { ...grant, who: [...grant.who, `oidc:sub=${SUBJECT}`] } : grant,
  ),
});

/** Whether an environment has the API that airflowctl uses, and the configuration leaves room for local tokens. */
export function canServeAirflowctl({ api, environments }: Config, name: string): boolean {
  const { rest, airflow } = environments[name]!;
  return rest && airflow.startsWith('3.') && api.oidc === undefined;
}
