import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { Container, Probe } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { getStep, type Stage, stages } from '../support/dockerfile.ts';
import { findTypeErrors, getManifest, type Manifest, manifests, podTemplates } from '../support/manifests.ts';
import { root } from '../support/process.ts';
import { useService } from '../support/service.ts';
import { findVariables } from '../support/variables.ts';

/** As docs/running.md has it. */
const maxStopSeconds = 25;

const service = getContainer('service');

test('every manifest is as the types of Kubernetes have it, and wrong ones would be found', async () => {
  expect(manifests.length).toBeGreaterThan(4);
  const deployment = getManifest('Deployment') as Deployment & Manifest;
  const change = (change: object) => ({ ...deployment, spec: { ...deployment.spec, ...change } });
  const wrong = [change({ replica: 3 }), change({ selector: undefined }), change({ replicas: '3' })];
  const found = await findTypeErrors([...manifests, ...wrong]);
  expect(found).toEqual([
    ...manifests.map(() => ''),
    expect.stringMatching(/"replica".* does not exist/),
    expect.stringContaining("'selector' is missing"),
    expect.stringContaining("'string' is not assignable to type 'number'"),
  ]);
});

describe.each(['service', 'migrate'] as const)('the pod %s', (name) => {
  const { metadata, spec } = podTemplates[name];
  const container = getContainer(name);

  test('is this release', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(container.image).toBe(`badge-groups:${version}`);
  });

  test('runs as the user of the image, may write nowhere and has no rights', () => {
    const [user, group] = getStep(stages.at(-1) as Stage, 'USER')
      .text.split(':')
      .map(Number);
    expect(spec?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: user, runAsGroup: group });
    expect(spec?.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('says what it needs, and has no limit of CPU', () => {
    expect(Object.keys(container.resources?.requests ?? {})).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources?.limits ?? {})).toEqual(['memory']);
  });

  test('sets no variable that nobody reads, and has its secret from a file that is mounted', () => {
    const env = readEnv(container);
    expect(findVariables()).toEqual(expect.arrayContaining(Object.keys(env)));
    expect(env).not.toHaveProperty('DATABASE_URL');
    const [mount] = container.volumeMounts ?? [];
    const volume = spec?.volumes?.find((volume) => volume.name === mount?.name);
    expect(env['DATABASE_URL_FILE']).toBe(`${mount?.mountPath}/database-url`);
    // Its user's group may read it, and nobody else.
    expect(volume?.secret).toEqual({ secretName: 'badge-groups', defaultMode: 0o440 });
    expect(spec?.securityContext?.fsGroup).toBe(spec?.securityContext?.runAsGroup);
  });

  test('is under the network policy', () => {
    expect(metadata?.labels).toMatchObject(
      getManifest('NetworkPolicy').spec?.podSelector.matchLabels ?? { no: '' },
    );
  });
});

test('the Deployment, the Service and the disruption budget mean the pods of the service, not those of the Job', () => {
  for (const selector of [
    getManifest('Deployment').spec?.selector.matchLabels,
    getManifest('Service').spec?.selector,
    getManifest('PodDisruptionBudget').spec?.selector?.matchLabels,
  ]) {
    expect(podTemplates.service.metadata?.labels).toMatchObject(selector ?? { no: '' });
    expect(podTemplates.migrate.metadata?.labels).not.toMatchObject(selector ?? {});
  }
});

test('the ports are those on which the service listens, for the Service and the network policy as well', () => {
  const { DATABASE_URL_FILE, ...env } = readEnv(service);
  const { port, metricsPort } = readConfig(env);
  expect(service.ports).toEqual([
    { name: 'http', containerPort: port },
    { name: 'metrics', containerPort: metricsPort },
  ]);
  expect(getManifest('Service').spec?.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  const ingress = getManifest('NetworkPolicy').spec?.ingress ?? [];
  expect(ingress.map(({ ports }) => ports)).toEqual([[{ port }], [{ port: metricsPort }]]);
});

test('all that may run at once while a release goes out has fewer connections than Postgres gives by default', () => {
  const { replicas = 0, strategy } = getManifest('Deployment').spec ?? {};
  const pods = replicas + Number(strategy?.rollingUpdate?.maxSurge);
  const poolSize = Number(readEnv(service)['DATABASE_POOL_SIZE']);
  // Three are kept for superusers; a migration takes two, as may `npm run client`.
  expect(pods * poolSize + 2 + 2).toBeLessThanOrEqual(100 - 3);
});

test('a stop has the time that it may take', () => {
  const pause = service.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const delay = Number(readEnv(service)['SHUTDOWN_DELAY'] ?? 0);
  expect(pause).toBeGreaterThan(0);
  expect(podTemplates.service.spec?.terminationGracePeriodSeconds).toBeGreaterThan(
    pause + delay + maxStopSeconds,
  );
});

describe('the probes', () => {
  const held = useService('the embedded database');
  const { startupProbe, readinessProbe, livenessProbe } = service;

  test('ask for what is there', async () => {
    for (const probe of [startupProbe, readinessProbe, livenessProbe] as Probe[]) {
      expect(probe.httpGet?.port).toBe('http');
      expect((await held.service.fetch(String(probe.httpGet?.path))).status).toBe(200);
    }
  });

  test('take a stopping service out, and do not end it', async () => {
    held.service.stage = 'closing';
    expect((await held.service.fetch(String(readinessProbe?.httpGet?.path))).status).toBe(503);
    expect((await held.service.fetch(String(livenessProbe?.httpGet?.path))).status).toBe(200);
  });
});

function getContainer(name: keyof typeof podTemplates): Container {
  const [container, ...more] = podTemplates[name].spec?.containers ?? [];
  if (container === undefined || more.length > 0) throw new Error(`The pod ${name} has not one container.`);
  return container;
}

function readEnv({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, String(value)]));
}
