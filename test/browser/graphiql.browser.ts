import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createLogDestination } from '../../src/config/log-destination.ts';
import { createLogger } from '../../src/config/logger.ts';
import { type Service, startService } from '../../src/service.ts';

const directory = mkdtempSync(join(tmpdir(), 'badge-groups-browser-'));
const screenshots = join(tmpdir(), 'badge-groups-screenshots');
const elsewhere: string[] = [];
const complaints: string[] = [];
let service: Service;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const config = readConfig({ PORT: '0', DATA_DIR: directory, LOG_LEVEL: 'silent', TZ: 'UTC' });
  service = await startService(config, createLogger(config, createLogDestination()));
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic'],
  });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.route('**', async (route) => {
    const url = route.request().url();
    if (new URL(url).origin === new URL(service.url).origin) return route.continue();
    elsewhere.push(url);
    return route.abort();
  });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('GraphiQL creates a group with the first click on Run', async () => {
  await page.goto(service.url);
  await page.getByRole('button', { name: /Execute query/ }).click();
  const response = page.locator('.graphiql-response');
  await expect.poll(() => response.textContent(), { timeout: 20_000 }).toContain('"BadgeGroup"');
  await expect.poll(() => response.textContent()).toContain('Beginner');
  await page.screenshot({ path: join(screenshots, 'run.png') });
});

test('GraphiQL answers the second click with error 733 and the group that is there', async () => {
  await page.getByRole('button', { name: /Execute query/ }).click();
  await expect.poll(() => page.locator('.graphiql-response').textContent()).toContain('733');
});

test('GraphiQL shows the documentation of the schema', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const documentation = page.locator('.graphiql-plugin');
  await documentation.getByRole('link', { name: 'Mutation', exact: true }).click();
  await expect.poll(() => documentation.textContent()).toContain('createBadgeGroup');
  await expect.poll(() => documentation.textContent()).toContain('needs WRITE access');
  await page.screenshot({ path: join(screenshots, 'documentation.png') });
});

test('The page asks nobody else for anything and breaks no rule of its policy', async () => {
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
  console.log(`Screenshots are in ${screenshots}`);
});
