import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresDatabase } from '../support/databases.ts';
import { makeDirectory } from '../support/directory.ts';
import { Image } from '../support/image.ts';
import { podTemplates } from '../support/manifests.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { findFreePort } from '../support/postgres-server.ts';
import { basic } from '../support/service.ts';

/** What the image adds to its base, at most. */
const maxMegabytes = 28;

let directory: Awaited<ReturnType<typeof makeDirectory>>;
let image: Image;

beforeAll(async () => {
  directory = await makeDirectory();
  image = await Image.build(directory.path);
}, 300_000);

afterAll(() => directory?.remove());

test('the image has the sources, the migrations and their packages, and nothing that nobody reads', () => {
  const names = ['migrations', 'node_modules', 'package.json', 'src'];
  expect(readdirSync(image.path).toSorted()).toEqual(names);
  const packages = globSync('node_modules/{*,@*/*}/package.json', { cwd: image.path });
  expect(packages).toContain('node_modules/pg/package.json');
  expect(packages.filter((file) => /pglite|vitest|typescript/.test(file))).toEqual([]);
  expect(globSync('node_modules/**/*.{map,ts,mts,cts}', { cwd: image.path })).toEqual([]);

  const megabytes = Math.round(measure(image.path) / 1e6);
  console.log(`The image adds ${megabytes} MB to its base, ${maxMegabytes} at most.`);
  expect(megabytes).toBeLessThanOrEqual(maxMegabytes);
});

test('its processes are number 1, of an ordinary user, and can write nowhere', async () => {
  const report = `
    const attempts = ['/app', '/tmp', '/root', '/run', '/'].map((directory) => {
      try { require('node:fs').writeFileSync(directory + '/file', ''); } catch (error) { return error.code; }
    });
    console.log(JSON.stringify({ pid: process.pid, uid: process.getuid(), groups: process.getgroups(), attempts }));`;
  await using container = image.run(['--eval', report]);
  const { exit, stdout, stderr } = await container.ended;
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const { attempts, ...process } = JSON.parse(stdout);
  expect(process).toEqual({ pid: 1, uid: 1000, groups: [1000] });
  expect(attempts).toEqual(Array(5).fill('EROFS'));
});

test('without a database it says so in one line, and has no other to offer', async () => {
  await using forgotten = image.run();
  expect(await forgotten.ended).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(/^DATABASE_URL is not set, and NODE_ENV is "production": .+\n$/),
  });
  await using embedded = image.run(undefined, { env: { DATA_DIR: '/tmp/data' } });
  expect(await embedded.ended).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(
      /^DATABASE_URL is not set, and the embedded database is not installed here: .+\n$/,
    ),
  });
});

test('it migrates, serves whatever the service has, is found healthy, and stops by a signal', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  await using secrets = await makeDirectory({ 'database-url': `${database.url}\n` });
  execFileSync('chown', ['-R', ':1000', secrets.path]);
  execFileSync('chmod', ['-R', 'u=rX,g=rX,o=', secrets.path]);
  await using collector = await startCollector();
  const [port, metricsPort] = [await findFreePort(), await findFreePort()];
  const env = {
    DATABASE_URL_FILE: '/run/secrets/database-url',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    TZ: 'Asia/Kolkata',
  };
  const options = { env, secrets: secrets.path };

  await using early = image.run(undefined, options);
  expect((await early.ended).stderr).toMatch(
    /^DATABASE_URL points at a database that lacks \d+ migration\(s\): .+\n$/,
  );
  await using migration = image.run(podTemplates.migrate.spec?.containers[0]?.args, options);
  expect(await migration.ended).toMatchObject({ exit: 0, stderr: '' });
  const words = ['add', 'till', '--org', '7', '--user', '8', '--access', 'write'];
  await using client = image.run(['src/commands/client.ts', ...words], options);
  const secret = String(/shown this once: (\S+)/.exec((await client.ended).stdout)?.[1]);

  await using service = image.run(undefined, options);
  await service.printed(/GraphQL and GraphiQL on/);
  const url = `http://127.0.0.1:${port}`;
  const mutation =
    'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { ... on BadgeGroup { createdOnISO } } }';
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basic('till', secret) },
    body: JSON.stringify({ query: mutation }),
  });
  expect(await answer.json()).toEqual({
    data: { createBadgeGroup: { createdOnISO: expect.stringContaining('+05:30') } },
  });
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('<div id="root">');
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(metrics).toContain('graphql_request_duration_seconds');
  expect(readFileSync(`/proc/${service.firstPid}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m);

  await using healthy = image.exec(image.healthcheck, { env });
  expect(await healthy.ended).toMatchObject({ exit: 0 });
  service.signal('SIGTERM');
  expect(await service.ended).toMatchObject({ exit: 0, stderr: '' });
  expect(collector.spans.map(({ scope }) => scope)).toContain('badge-groups');
  await using unhealthy = image.exec(image.healthcheck, { env });
  expect(await unhealthy.ended).toMatchObject({ exit: 1 });
});

/** In bytes, as files are long. */
function measure(directory: string): number {
  const output = execFileSync('du', ['--summarize', '--bytes', directory], { encoding: 'utf8' });
  return Number.parseInt(output, 10);
}
