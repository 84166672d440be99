/** A real OIDC issuer on loopback, over HTTPS by a name of its own. */
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';

export const ISSUER_URL = 'https://id.example.com';
const ISSUER_HOST = 'id.example.com';

/** A client of the issuer, and the claims its tokens have. */
export interface OidcClient {
  readonly claims: Record<string, unknown>;
  readonly audience?: string;
  readonly lifeSeconds?: number;
}

export interface OidcIssuer {
  /** Where its name is served: what a stack's network has besides. */
  readonly network: Readonly<Record<string, string>>;
  /** An access token by the grant of client credentials. Its subject is the client. */
  issueToken(client: string): Promise<string>;
  /** Signs with a new key from now on; the old one stays known, or not. */
  rotateKeys(keepOld: boolean): Promise<void>;
  /** Whether it answers at all. */
  setAvailable(on: boolean): void;
  close(): Promise<void>;
}

/** @param issue gives it a certificate for its name */
export async function startOidcIssuer(
  issue: (hostname: string) => Promise<ServerCertificate>,
  clients: Readonly<Record<string, OidcClient>>,
): Promise<OidcIssuer> {
  let keys = [await createSigningKey()];
  let provider = await make();
  let on = true;
  const server = createServer(await issue(ISSUER_HOST), (incoming, response) =>
    on ? provider.callback()(incoming, response) : void incoming.socket.destroy(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    network: { [`${ISSUER_HOST}:443`]: `127.0.0.1:${port}` },
    async issueToken(client) {
      const answer = await requestToken(port, client);
      const { access_token: token } = JSON.parse(answer);
      if (typeof token !== 'string') throw new Error(`the issuer gave no token: ${answer}`);
      return token;
    },
    async rotateKeys(keepOld) {
      keys = [await createSigningKey(), ...(keepOld ? keys : [])];
      provider = await make();
    },
    setAvailable(yes) {
      on = yes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function make(): Promise<Provider> {
    const made = new Provider(ISSUER_URL, {
      clients: Object.keys(clients).map((id) => ({
        client_id: id,
        client_secret: CLIENT_SECRET,
        id_token_signed_response_alg: 'ES256',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      })),
      jwks: { keys },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'urn:mwaa-cli-proxy',
          getResourceServerInfo: (_ctx, _resource, client) => ({
            scope: '',
            audience: clients[client.clientId]?.audience ?? 'mwaa-cli-proxy',
            accessTokenFormat: 'jwt',
            accessTokenTTL: clients[client.clientId]?.lifeSeconds ?? 600,
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
      extraTokenClaims: (_ctx, token) => clients[(token as { clientId?: string }).clientId ?? '']?.claims,
    });
    made.proxy = true;
    return made;
  }
}

const CLIENT_SECRET = 'a-secret-of-a-test';

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256', kid: crypto.randomUUID() };
}

function requestToken(port: number, client: string): Promise<string> {
  const body = 'grant_type=client_credentials';
  const headers = {
    host: ISSUER_HOST,
    'x-forwarded-proto': 'https',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
    authorization: `Basic ${Buffer.from(`${client}:${CLIENT_SECRET}`).toString('base64')}`,
  };
  return new Promise((resolve, reject) => {
    // The certificate is for the functions to check; here it is our own server.
    const options = { host: '127.0.0.1', port, path: '/token', method: 'POST', headers, rejectUnauthorized: false };
    const asking = request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    asking.on('error', reject).end(body);
  });
}
