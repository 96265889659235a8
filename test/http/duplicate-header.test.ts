import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Service, startService } from '../../src/service.ts';
import { basic, useService } from '../support/service.ts';

describe('A request over a socket', () => {
  const held = useService('a Postgres server');
  let service: Service;

  beforeAll(async () => {
    const config = readConfig({ TZ: 'UTC', PORT: '0', DATABASE_URL: held.service.databaseUrl });
    service = await startService(config, pino({ level: 'silent' }));
  });
  afterAll(() => service?.stop());

  test('is answered with one Authorization header and refused with two, whichever of them is right', async () => {
    const { authorization } = await held.service.addCaller();
    const wrong = basic('nobody', 'wrong');
    expect(await send([authorization])).toBe(200);
    expect(await send([wrong])).toBe(401);
    expect(await send([authorization, wrong])).toBe(401);
    expect(await send([wrong, authorization])).toBe(401);
    expect(await send([authorization, authorization])).toBe(401);
  });

  async function send(authorizations: string[]): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = ['content-type', 'application/json', 'host', 'localhost'];
    const outgoing = request(service.url, {
      method: 'POST',
      headers: [...headers, ...authorizations.flatMap((value) => ['authorization', value])],
    });
    outgoing.on('response', async (response) => {
      await text(response);
      resolve(response.statusCode);
    });
    outgoing.on('error', reject);
    outgoing.end('{ "query": "{ badgeGroups { id } }" }');
    return await promise;
  }
});
