import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { OAuthConfig } from '../../src/config/oauth.ts';
import { type DatabaseKind, openSharedDatabase } from './databases.ts';
import { TestService } from './service.ts';

const audience = 'urn:badge-groups';
const client = { id: 'app', secret: 'app-secret' };

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function generateSigningKey(alg = 'RS256'): Promise<SigningKey> {
  return { kid: crypto.randomUUID(), alg, ...(await generateKeyPair(alg, { extractable: true })) };
}

/** A JWT of any content whatever. */
export async function sign(
  payload: JWTPayload | Record<string, unknown>,
  { kid, alg, privateKey }: SigningKey,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return await new SignJWT(payload)
    .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
    .sign(privateKey, { crit: Object.fromEntries((header.crit ?? []).map((name) => [name, true])) });
}

/** An OAuth server on loopback, whose access tokens are JWTs with the claims `org_id` and `user_id`. */
export class OAuthServer {
  readonly issuer: string;
  readonly config: OAuthConfig;
  /** How often its keys were asked for. */
  keyRequests = 0;
  /** Answers in place of the key set. */
  keyAnswer: RequestListener | undefined;
  readonly #server: Server;
  readonly #port: number;
  #keys: readonly SigningKey[] = [];
  #provider: RequestListener | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.issuer = `http://127.0.0.1:${this.#port}`;
    this.config = {
      issuer: this.issuer,
      audience,
      jwksUrl: `${this.issuer}/jwks`,
      orgClaim: 'org_id',
      userClaim: 'user_id',
    };
    server.on('request', (request, response) => {
      const asksForKeys = request.url === '/jwks';
      if (asksForKeys) this.keyRequests += 1;
      const listener = (asksForKeys && this.keyAnswer) || this.#provider;
      listener?.(request, response);
    });
  }

  static async start(): Promise<OAuthServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const oauth = new OAuthServer(server);
    await oauth.rotateKeys();
    return oauth;
  }

  /** The key that it signs with. */
  get key(): SigningKey {
    return this.#keys[0] as SigningKey;
  }

  /** Publishes new keys in place of the old ones, and signs with the first from now on. */
  async rotateKeys(...algorithms: string[]): Promise<readonly SigningKey[]> {
    this.#keys = await Promise.all(['RS256', ...algorithms].map(generateSigningKey));
    const keys = await Promise.all(
      this.#keys.map(async ({ kid, alg, privateKey }) => ({
        ...(await exportJWK(privateKey)),
        kid,
        alg,
        use: 'sig',
      })),
    );
    this.#provider = createProvider(this.issuer, keys).callback();
    return this.#keys;
  }

  /** An access token by the client credentials grant. */
  async grant({ orgId = 100737, userId = 75197372, scope = 'loyalty:write' } = {}): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
        'x-claims': JSON.stringify({ org_id: orgId, user_id: userId }),
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`No token: ${response.status}`);
    return token;
  }

  /** The claims of a token that is good for five minutes; `changes` replace them, undefined takes them away. */
  claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1_000);
    return {
      iss: this.issuer,
      aud: audience,
      iat: now,
      exp: now + 300,
      org_id: 100737,
      user_id: 75197372,
      scope: 'loyalty:read loyalty:write',
      ...changes,
    };
  }

  /** Closes its port, as a server that is down. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Listens again where it did. */
  async resume(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get isListening(): boolean {
    return this.#server.listening;
  }
}

/** An OAuth server and a service that trusts it, for all tests of a `describe`. */
export function useOAuthService(
  kind: DatabaseKind,
  config: Partial<Config> = {},
): { readonly oauth: OAuthServer; readonly service: TestService } {
  const holder = {} as { oauth: OAuthServer; service: TestService };
  beforeAll(async () => {
    holder.oauth = await OAuthServer.start();
    holder.service = new TestService(await openSharedDatabase(kind), {
      ...config,
      oauth: holder.oauth.config,
    });
  });
  afterAll(async () => {
    if (holder.oauth?.isListening) await holder.oauth.stop();
    await holder.service?.close();
  });
  return holder;
}

function createProvider(issuer: string, keys: readonly object[]): Provider {
  const scope = 'loyalty:read loyalty:write';
  return new Provider(issuer, {
    jwks: { keys: [...keys] },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: scope.split(' '),
    ttl: { ClientCredentials: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          scope,
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (context) => JSON.parse(context.get('x-claims')),
  });
}
