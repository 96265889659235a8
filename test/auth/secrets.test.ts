import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { hashSecret } from '../../src/auth/secret.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { databaseKinds, openTestDatabase } from '../support/databases.ts';
import { generateSigningKey, OAuthServer, sign } from '../support/oauth-server.ts';
import { basic, TestService } from '../support/service.ts';

const list = '{ badgeGroups { id } }';
const create = 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }';

describe.each(databaseKinds)('Credentials on %s', (kind) => {
  test('are in no line of the log at level trace and in no answer, whatever happens to a request', async () => {
    const database = await openTestDatabase(kind);
    const oauth = await OAuthServer.start();
    const service = new TestService(database, { oauth: oauth.config });

    const client = await service.addCaller();
    const wrongSecret = 'wrong-secret-of-nobody';
    const token = await oauth.grant({ orgId: client.orgId });
    const headers = {
      client: client.authorization,
      wrong: basic('nobody', wrongSecret),
      token: `Bearer ${token}`,
      expired: `Bearer ${await sign(oauth.claims({ exp: 1 }), oauth.key)}`,
      forged: `Bearer ${await sign(oauth.claims(), await generateSigningKey())}`,
      cut: `Bearer ${token.slice(0, -20)}`,
      ofAnotherScheme: `Digest ${token}`,
      withoutScheme: token,
      twice: `Bearer ${token}, Bearer ${token}`,
    };
    const answers: string[] = [];
    const statuses = new Set<number>();
    const sendAll = async (to: TestService, query: string) => {
      for (const authorization of Object.values(headers)) {
        const { status, headers, data, errors } = await to.execute(query, {}, { authorization });
        statuses.add(status);
        answers.push(JSON.stringify([...headers, data, errors]));
      }
    };

    await sendAll(service, list);
    await sendAll(service, '{ nonsense');
    await oauth.stop();
    const withoutKeys = service.with({ oauth: oauth.config });
    await sendAll(withoutKeys, list);
    const { db } = openPostgres('postgres://name:database-secret@127.0.0.1:1/x', {
      poolSize: 1,
      logger: pino({ level: 'silent' }),
    });
    const withoutDatabase = service.with({ oauth: oauth.config, db });
    await sendAll(withoutDatabase, list);
    await sql`alter table badge_group rename to gone_group`.execute(service.db);
    await sendAll(service, create);
    await sql`alter table api_client rename to gone_client`.execute(service.db);
    await sendAll(service, list);
    await database.close();

    expect(statuses).toEqual(new Set([200, 401, 500, 503]));
    const log = [service, withoutKeys, withoutDatabase].flatMap((each) => each.log).join('');
    expect(log).toMatch(/"badge_group\\" does not exist/);
    expect(log).toMatch(/"api_client\\" does not exist/);
    expect(log).toContain('127.0.0.1:1');
    expect(log).toContain('The key server');
    const secrets = [...Object.values(headers), token, wrongSecret, 'database-secret'].flatMap((secret) => [
      secret,
      ...secret.split(/[ .,]+/).filter((part) => part.length > 8),
    ]);
    const [, secret = ''] = Buffer.from(client.authorization.slice(6), 'base64').toString().split(':');
    for (const each of [...secrets, secret, hashSecret(secret), hashSecret(wrongSecret)]) {
      expect(log).not.toContain(each);
      expect(answers.join('')).not.toContain(each);
    }
  });
});
