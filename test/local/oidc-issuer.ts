/** A real OIDC issuer on loopback, served over HTTPS at its own hostname. */
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
  /** The address of the issuer's hostname, to add to the network of a stack. */
  readonly network: Readonly<Record<string, string>>;
  /** Gets an access token with the client credentials grant. The subject of the token is the client. */
  issueToken(client: string): Promise<string>;
  /** Signs new tokens with a new key. `keepOld` decides whether the old key stays published. */
  rotateKeys(keepOld: boolean): Promise<void>;
  /** Sets whether the issuer responds to requests. */
  setAvailable(available: boolean): void;
  close(): Promise<void>;
}

/** @param issue issues the TLS certificate of the issuer's hostname */
export async function startOidcIssuer(
  issue: (hostname: string) => Promise<ServerCertificate>,
  clients: Readonly<Record<string, OidcClient>>,
): Promise<OidcIssuer> {
  let keys = [await createSigningKey()];
  let provider = await createProvider();
  let isAvailable = true;
  const server = createServer(await issue(ISSUER_HOST), (incoming, response) =>
    isAvailable ? provider.callback()(incoming, response) : void incoming.socket.destroy(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    network: { [`${ISSUER_HOST}:443`]: `127.0.0.1:${port}` },
    async issueToken(client) {
      const response = await requestToken(port, client);
      const { access_token: token } = JSON.parse(response);
      if (typeof token !== 'string') throw new Error(`The issuer returned no token: ${response}`);
      return token;
    },
    async rotateKeys(keepOld) {
      keys = [await createSigningKey(), ...(keepOld ? keys : [])];
      provider = await createProvider();
    },
    setAvailable(available) {
      isAvailable = available;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function createProvider(): Promise<Provider> {
    const created = new Provider(ISSUER_URL, {
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
    created.proxy = true;
    return created;
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
    // The deployed functions verify the certificate. This request goes to our own server on loopback.
    const options = { host: '127.0.0.1', port, path: '/token', method: 'POST', headers, rejectUnauthorized: false };
    const outgoing = request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    outgoing.on('error', reject).end(body);
  });
}
