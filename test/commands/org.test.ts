import { randomInt, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { insertApiClient, revokeApiClient } from '../../src/auth/api-client.repository.ts';
import { setDemoClients } from '../../src/auth/demo-clients.ts';
import { hashSecret } from '../../src/auth/secret.ts';
import { StartError } from '../../src/config/start-error.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { exportOrg } from '../../src/org/export.ts';
import { importOrg } from '../../src/org/import.ts';
import { countOrg, eraseOrg, listOrgs } from '../../src/org/org.ts';
import { databaseKinds } from '../support/databases.ts';
import { makeDirectory } from '../support/directory.ts';
import { runCommand, TestProcess } from '../support/process.ts';
import { type BadgeGroup, type TestCaller, type TestService, useService } from '../support/service.ts';

const oddNames = ['\ufeffGold', '"\\/<\u2028\u2029', '💥é', ' a ', 'null', '𝒳'.repeat(255)];
const nothing = { client: 0, badgeGroup: 0, version: 0 };

/** An org with groups that have histories, and with a revoked client beside the caller's. */
async function fillOrg(service: TestService): Promise<TestCaller> {
  const caller = await service.addCaller();
  for (const [rank, name] of oddNames.entries()) await caller.create({ name, rank });
  const [group] = await caller.list();
  await caller.update({ id: String(group?.id), rank: -5, isActive: false });
  await caller.update({ id: String(group?.id), name: 'Platinum' });
  const name = `revoked-${caller.orgId}`;
  await insertApiClient(service.db, { ...caller, name, canWrite: false, secretHash: hashSecret('x') });
  await revokeApiClient(service.db, name);
  return caller;
}

async function exportAll({ db }: TestService, orgId: number, withSecretHashes = true): Promise<string> {
  return (await Array.fromAsync(exportOrg(db, orgId, { withSecretHashes }))).join('');
}

// biome-ignore lint/suspicious/noExplicitAny: a line of any kind
const readLines = (exported: string): any[] => {
  return exported
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
};

async function* toBytes(exported: string, size = 100) {
  const bytes = Buffer.from(exported);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const importAll = (service: TestService, exported: string) => importOrg(service.db, toBytes(exported));

describe.each(databaseKinds)('An org on %s', (kind) => {
  const held = useService(kind);

  test('is exported as it is, every name and instant, without the secrets of its clients', async () => {
    const caller = await fillOrg(held.service);
    await fillOrg(held.service);
    const exported = await exportAll(held.service, caller.orgId, false);
    const lines = readLines(exported);
    const toEntry = ({ orgId, createdOnISO, lastUpdatedOnISO, ...group }: BadgeGroup) => group;
    const groups = (await caller.list()).map(toEntry).sort((a, b) => (a.id < b.id ? -1 : 1));
    const histories = groups.map(async ({ id }) =>
      (await caller.history(id)).edges
        .slice(1)
        .reverse()
        .map(({ node: { changedOnISO, ...version } }) => ({ id, ...version })),
    );
    expect(lines[0]).toEqual({ org: { orgId: caller.orgId, format: 1 } });
    expect(lines.filter(({ client }) => client).map(({ client }) => client)).toMatchObject([
      ...[{ userId: caller.userId, canWrite: true, revokedOn: null, createdOn: expect.any(Number) }],
      ...[{ name: `revoked-${caller.orgId}`, canWrite: false, revokedOn: expect.any(Number) }],
    ]);
    expect(lines.flatMap(({ badgeGroup }) => badgeGroup ?? [])).toEqual(groups);
    expect(lines.flatMap(({ version }) => version ?? [])).toEqual((await Promise.all(histories)).flat());
    expect(lines.at(-1)).toEqual({ end: { client: 2, badgeGroup: 6, version: 2 } });
    expect(exported).not.toContain('secretHash');
    expect(exported).not.toMatch(/[\u2028\u2029]/);
    expect(exported.match(/\n/g)).toHaveLength(lines.length);
  });

  test('is exported in batches when it is large, and moves whole', async () => {
    const orgId = randomInt(2 ** 31);
    await held.service.fill(orgId, 2_000);
    const exported = await exportAll(held.service, orgId);
    expect(readLines(exported).at(-1)).toEqual({ end: { ...nothing, badgeGroup: 2_000 } });
    await eraseOrg(held.service.db, orgId);
    await importAll(held.service, exported);
    expect(await exportAll(held.service, orgId)).toBe(exported);
  });

  test('of which there is nothing has an export, and an erasure, of nothing', async () => {
    const orgId = randomInt(2 ** 31);
    expect(await exportAll(held.service, orgId)).toBe(
      `{"org":{"orgId":${orgId},"format":1}}\n{"end":{"client":0,"badgeGroup":0,"version":0}}\n`,
    );
    expect(await eraseOrg(held.service.db, orgId)).toEqual(nothing);
    expect(await listOrgs(held.service.db)).not.toContain(orgId);
  });

  test('is erased whole, and no other', async () => {
    const { service } = held;
    const [caller, other] = [await fillOrg(service), await fillOrg(service)];
    const untouched = await exportAll(service, other.orgId);
    expect(await listOrgs(service.db)).toEqual(expect.arrayContaining([caller.orgId, other.orgId]));
    expect(await eraseOrg(service.db, caller.orgId)).toEqual({ client: 2, badgeGroup: 6, version: 2 });
    expect(await countOrg(service.db, caller.orgId)).toEqual(nothing);
    expect(await listOrgs(service.db)).not.toContain(caller.orgId);
    // One that does not remember the client.
    expect(await service.with().adopt(caller).execute('{ badgeGroups { id } }')).toMatchObject({
      status: 401,
    });
    expect(await exportAll(service, other.orgId)).toBe(untouched);
  });

  test('comes back by an import exactly as it was, and its clients go on', async () => {
    const { service } = held;
    const caller = await fillOrg(service);
    const [groups, exported] = [await caller.list(), await exportAll(service, caller.orgId)];
    await eraseOrg(service.db, caller.orgId);
    expect(await importAll(service, exported)).toEqual({
      orgId: caller.orgId,
      counts: { client: 2, badgeGroup: 6, version: 2 },
      clientsLeftOut: 0,
    });
    expect(await exportAll(service, caller.orgId)).toBe(exported);
    const returned = service.with().adopt(caller);
    expect(await returned.list()).toEqual(groups);
    const { id, lastUpdatedOn } = groups[0] as BadgeGroup;
    const updated = await returned.update({ id, rank: 9, ifLastUpdatedOn: lastUpdatedOn });
    expect((await returned.history(id)).edges[0]?.node.changedOn).toBe(updated.lastUpdatedOn);
  });

  test('is imported and exported to the letter, whatever its names, ranks and instants are', async () => {
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((text) => !/\p{Cc}/u.test(text) && !/^[\s\p{White_Space}]*$/u.test(text));
    // As far as ids go: eight hex digits of seconds.
    const instant = fc.bigInt({ min: 0n, max: 2n ** 32n * 1_000_000n - 1n }).map((microseconds) => {
      return `${microseconds / 1_000_000n}.${String(microseconds % 1_000_000n).padStart(6, '0')}`;
    });
    const group = fc.record({ name, rank: int32, user: int32, isActive: fc.boolean(), instant });
    const groups = fc.uniqueArray(group, { selector: (one) => one.name, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(groups, async (all) => {
        const orgId = randomInt(2 ** 31);
        const entries = all.map(({ name, rank, user, isActive, instant }, index) => {
          const escaped = JSON.stringify(name).replace(/[\u2028\u2029]/g, (end) =>
            end === '\u2028' ? '\\u2028' : '\\u2029',
          );
          const start = `"id":"${String(index).padStart(24, '0')}","name":${escaped},"rank":${rank}`;
          const made = `"createdBy":${user},"createdOn":${instant}`;
          const updated = `"lastUpdatedBy":${user},"lastUpdatedOn":${instant}`;
          return {
            badgeGroup: `{"badgeGroup":{${start},${made},${updated},"isActive":${isActive}}}`,
            version: `{"version":{${start},"isActive":${isActive},"changedBy":${user},"changedOn":${instant}}}`,
          };
        });
        const lines = [
          `{"org":{"orgId":${orgId},"format":1}}`,
          ...entries.map(({ badgeGroup }) => badgeGroup),
          ...entries.map(({ version }) => version),
          `{"end":{"client":0,"badgeGroup":${all.length},"version":${all.length}}}`,
        ];
        const exported = lines.map((line) => `${line}\n`).join('');
        await importAll(held.service, exported);
        expect(await exportAll(held.service, orgId)).toBe(exported);
        await eraseOrg(held.service.db, orgId);
        await importAll(held.service, exported);
        expect(await exportAll(held.service, orgId)).toBe(exported);
      }),
      // Each takes a tenth of a second on the embedded one.
      { numRuns: kind === 'a Postgres server' ? 20 : 5 },
    );
  });

  test('is not imported by an export that has lost or gained a line, wherever: all or none', async () => {
    const { service } = held;
    const { orgId } = await fillOrg(service);
    const lines = (await exportAll(service, orgId)).trimEnd().split('\n');
    await eraseOrg(service.db, orgId);
    const broken = lines.flatMap((line, index) => [
      lines.toSpliced(index, 1),
      lines.toSpliced(index, 0, line),
    ]);
    for (const some of [...broken, [...lines.slice(0, -1), '{"end":{}}'], []]) {
      await expect(importAll(service, some.join('\n'))).rejects.toThrow(
        /^(The export is not whole|The database refuses)/,
      );
      expect(await countOrg(service.db, orgId)).toEqual(nothing);
    }
    await importAll(service, lines.join('\n'));
  });

  test.each([
    ['no JSON', () => '\n> badge-groups@1.0.0 org\n', /^Line 1 is no line of an export/],
    [
      'a line of an unknown kind',
      (head: string) => `${head}{"badge":{}}\n`,
      /^Line 2 is no line of an export/,
    ],
    ['a line of two kinds', (head: string) => `${head}{"client":{},"version":{}}\n`, /^Line 2 is no line/],
    ['a line that is no object', (head: string) => `${head}{"client":[]}\n`, /^Line 2 is no line/],
    [
      'another format',
      (head: string) => head.replace('"format":1', '"format":2'),
      /is of format 2, and this release reads 1/,
    ],
    ['an org that is none', (head: string) => head.replace(/\d{3,}/, '"one"'), /^The export is not whole/],
    [
      'a name that is refused',
      (head: string) => `${head}${toGroup({ name: '\u0007' })}`,
      /^The database refuses what .*name_control_check/,
    ],
    [
      'half a surrogate pair',
      (head: string) => `${head}${toGroup({ name: '\ud800' })}`,
      /^The database refuses what /,
    ],
    [
      'a rank that is no integer',
      (head: string) => `${head}${toGroup({ rank: 1.5 })}`,
      /^The database refuses what .*"1\.5"/,
    ],
    [
      'a group without its instant',
      (head: string) => `${head}${toGroup({ createdOn: null })}`,
      /^The database refuses what .*created_at/,
    ],
  ])('is not imported from %s', async (_title, change, message) => {
    const orgId = randomInt(1000, 2 ** 31);
    const exported = change(`{"org":{"orgId":${orgId},"format":1}}\n`);
    await expect(importAll(held.service, exported)).rejects.toThrow(message);
    expect(await countOrg(held.service.db, orgId)).toEqual(nothing);
  });

  test.each([
    ['badgeGroup', 'createdOn', '-0.000001'],
    ['badgeGroup', 'lastUpdatedOn', '4294967296'],
    ['version', 'changedOn', '1e400', 'Infinity'],
    ['client', 'createdOn', '"4294967295"'],
    ['client', 'revokedOn', '-1'],
  ])(
    'is not imported from an instant that no id has: the %s.%s %s',
    async (kind, field, value, told = value) => {
      const orgId = randomInt(1000, 2 ** 31);
      const head = `{"org":{"orgId":${orgId},"format":1}}\n${toGroup({})}`;
      const exported = `${head}{"${kind}":{"${field}":${value}}}\n`;
      await expect(importAll(held.service, exported)).rejects.toThrow(
        new StartError(
          `Line 3: ${kind}.${field} is ${told}, but must be epoch seconds from 0 to 4294967295.999999, which is from 1970 to 2106: nothing is imported.`,
        ),
      );
      expect(await countOrg(held.service.db, orgId)).toEqual(nothing);
    },
  );

  test('is imported with the first and the last instant that an id has', async () => {
    const orgId = randomInt(1000, 2 ** 31);
    const group = toGroup({ createdOn: 0, lastUpdatedOn: 4294967295.999999 });
    const end = JSON.stringify({ end: { ...nothing, badgeGroup: 1 } });
    await importAll(held.service, `{"org":{"orgId":${orgId},"format":1}}\n${group}${end}\n`);
    expect(readLines(await exportAll(held.service, orgId))[1]).toEqual(JSON.parse(group));
  });

  test('is not imported from what is not in UTF-8', async () => {
    const bytes = Readable.from([Buffer.from('{"org":'), Buffer.of(0xff)]);
    await expect(importOrg(held.service.db, bytes)).rejects.toThrow('The export is not in UTF-8');
  });

  test('is not imported where there is anything of it, or where a client of another org has a name of its own', async () => {
    const { service } = held;
    const caller = await fillOrg(service);
    const exported = await exportAll(service, caller.orgId);
    await expect(importAll(service, exported)).rejects.toThrow(
      `something of org ${caller.orgId} already: erase it first.`,
    );
    expect(await exportAll(service, caller.orgId)).toBe(exported);

    await eraseOrg(service.db, caller.orgId);
    const name = `revoked-${caller.orgId}`;
    await insertApiClient(service.db, {
      name,
      orgId: 1,
      userId: 1,
      canWrite: true,
      secretHash: hashSecret('y'),
    });
    await expect(importAll(service, exported)).rejects.toThrow(`Key (name)=(${name}) already exists`);
    expect(await countOrg(service.db, caller.orgId)).toEqual(nothing);
  });

  test('is imported without the clients whose secret is not in the export, or known to everybody', async () => {
    const { service } = held;
    const caller = await fillOrg(service);
    await setDemoClients(service.db, true);
    for (const [orgId, withSecretHashes] of [
      [caller.orgId, false],
      [100737, true],
    ] as const) {
      const exported = await exportAll(service, orgId, withSecretHashes);
      await eraseOrg(service.db, orgId);
      expect(await importAll(service, exported)).toMatchObject({ counts: { client: 0 }, clientsLeftOut: 2 });
      expect(await countOrg(service.db, orgId)).toMatchObject({ client: 0 });
    }
  });
});

describe('On a Postgres server', () => {
  const held = useService('a Postgres server');
  const org = (...args: string[]) =>
    runCommand('org', args, { env: { DATABASE_URL: held.service.databaseUrl } });
  const says = (stdout: string) => ({ exit: 0, stdout, stderr: '' });
  const fails = (stderr: string) => ({ exit: 1, stdout: '', stderr });

  test('an export is of one instant, however long it takes to be read', async () => {
    const caller = await fillOrg(held.service);
    const before = await exportAll(held.service, caller.orgId);
    const lines = exportOrg(held.service.db, caller.orgId, { withSecretHashes: true });
    const first = [(await lines.next()).value, (await lines.next()).value];
    await caller.create({ name: 'Late', rank: 1 });
    expect([...first, ...(await Array.fromAsync(lines))].join('')).toBe(before);
    expect(await exportAll(held.service, caller.orgId)).toContain('"Late"');
  });

  test('an export that nobody reads to its end gives its connection back', async () => {
    const { orgId } = await fillOrg(held.service);
    for (let time = 0; time < 20; time += 1) {
      for await (const line of exportOrg(held.service.db, orgId)) if (line.startsWith('{"badgeGroup"')) break;
    }
    expect(await countOrg(held.service.db, orgId)).toMatchObject({ badgeGroup: 6 });
  });

  test('npm run org lists orgs, exports one, erases it when that is confirmed, and imports it', async () => {
    const { service } = held;
    const { orgId } = await fillOrg(service);
    const exported = await exportAll(service, orgId);
    const counts = '2 client(s), 6 badge group(s), 2 version(s)';
    expect((await org('list')).stdout.split('\n')).toContain(String(orgId));
    expect(await org('export', String(orgId))).toEqual(says(await exportAll(service, orgId, false)));
    expect(await org('export', String(orgId), '--with-secret-hashes')).toEqual(says(exported));

    expect(await org('erase', String(orgId))).toEqual(
      fails(
        `Org ${orgId} has ${counts}. To erase all of it, for good: npm run org -- erase ${orgId} --confirm ${orgId}\n`,
      ),
    );
    expect(await exportAll(service, orgId)).toBe(exported);
    expect(await org('erase', String(orgId), '--confirm', String(orgId))).toEqual(
      says(
        `Org ${orgId} is erased: ${counts}.\nRunning services refuse its clients within 10 seconds: run this again then, for what they have written meanwhile.\n`,
      ),
    );
    expect(await org('erase', String(orgId))).toEqual(says(`There is nothing of org ${orgId}.\n`));

    const late = exported.replace(/"createdOn":[\d.]+/, '"createdOn":4294967296');
    await using directory = await makeDirectory({ 'org.jsonl': exported, 'late.jsonl': late });
    expect(await org('import', `${directory.path}/late.jsonl`)).toEqual(
      fails(
        'Line 2: client.createdOn is 4294967296, but must be epoch seconds from 0 to 4294967295.999999, which is from 1970 to 2106: nothing is imported.\n',
      ),
    );
    expect(await org('import', `${directory.path}/org.jsonl`)).toEqual(
      says(`Org ${orgId} is imported: ${counts}.\n`),
    );
    expect(await exportAll(service, orgId)).toBe(exported);
  });

  test('npm run org says when its export is not taken to the end', async () => {
    const orgId = randomInt(2 ** 31);
    await held.service.fill(orgId, 2_000);
    const script = `"${process.execPath}" src/commands/org.ts export ${orgId} | head -c 1`;
    const env = { DATABASE_URL: held.service.databaseUrl };
    await using shell = new TestProcess('bash', ['-o', 'pipefail', '-c', script], { env });
    expect(await shell.ended).toEqual({
      exit: 1,
      stdout: '{',
      stderr: 'The export is not whole: it cannot be written (write EPIPE).\n',
    });
  });

  test('a role needs to be granted to insert clients for an import, and to delete for an erasure', async () => {
    const { service } = held;
    const { orgId } = await fillOrg(service);
    const exported = await exportAll(service, orgId);
    const role = `org_${randomUUID().slice(0, 8)}`;
    const run = (statement: string) => sql.raw(statement).execute(service.db);
    await run(`create role ${role} login`);
    await run(`grant select on kysely_migration, api_client to ${role}`);
    await run(`grant select, insert, update on badge_group to ${role}`);
    await run(`grant select, insert on badge_group_version to ${role}`);
    const url = new URL(String(service.databaseUrl));
    url.username = role;
    const { db } = openPostgres(url.href, { poolSize: 1, logger: pino({ level: 'silent' }), limits: {} });
    try {
      expect((await Array.fromAsync(exportOrg(db, orgId, { withSecretHashes: true }))).join('')).toBe(
        exported,
      );
      await expect(eraseOrg(db, orgId)).rejects.toMatchObject({ code: '42501' });
      await run(`grant delete on api_client, badge_group, badge_group_version to ${role}`);
      expect(await eraseOrg(db, orgId)).toEqual({ client: 2, badgeGroup: 6, version: 2 });
      await expect(importOrg(db, toBytes(exported))).rejects.toMatchObject({ code: '42501' });
      await run(`grant insert on api_client to ${role}`);
      expect((await importOrg(db, toBytes(exported))).orgId).toBe(orgId);
    } finally {
      await db.destroy();
      await run(`drop owned by ${role}`);
      await run(`drop role ${role}`);
    }
  });

  test.concurrent.each([
    [
      'no command',
      [],
      /^The command is missing, but must be one of list, export, import, erase\.\nUsage: npm run .+\n$/,
    ],
    [
      'an option of another command',
      ['export', '7', '--confirm', '7'],
      /^"--confirm" is given, but export takes only ORG, --with-secret-hashes\.\nUsage: .+\n$/,
    ],
    [
      'an unknown option',
      ['erase', '7', '--yes'],
      /^"--yes" is given, but erase takes only ORG, --confirm\.\nUsage: .+\n$/,
    ],
    [
      'a second org',
      ['erase', '7', '8'],
      /^"8" is given, but erase takes only ORG, --confirm\.\nUsage: .+\n$/,
    ],
    [
      'an org that is no number',
      ['export', '1e3'],
      /^ORG is "1e3", but must be a whole number from 0 to 2147483647\.\nUsage: .+\n$/,
    ],
    ['no file', ['import'], /^FILE is missing, but must be the file of an export\.\nUsage: .+\n$/],
    [
      'another org confirmed',
      ['erase', '7', '--confirm', '8'],
      /^--confirm is "8", but must be the ORG, 7\.\nUsage: .+\n$/,
    ],
    [
      'a confirmation of nothing',
      ['erase', '7', '--confirm'],
      /^--confirm has no value, but takes one\.\nUsage: .+\n$/,
    ],
    [
      'a value that says no',
      ['export', '7', '--with-secret-hashes=no'],
      /^--with-secret-hashes has a value, but takes none\.\nUsage: .+\n$/,
    ],
    [
      'a file that is not there',
      ['import', 'nowhere.jsonl'],
      /^nowhere\.jsonl cannot be read: ENOENT.*\.\n$/,
    ],
  ])('npm run org refuses %s', async (_title, args, message) => {
    const { exit, stdout, stderr } = await org(...args);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

function toGroup(change: object): string {
  const group = { id: '0'.repeat(24), name: 'Gold', rank: 1, isActive: true, createdBy: 1, lastUpdatedBy: 1 };
  return `${JSON.stringify({ badgeGroup: { ...group, createdOn: 1, lastUpdatedOn: 1, ...change } })}\n`;
}
