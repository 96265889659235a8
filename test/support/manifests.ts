import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { PodTemplateSpec, Service } from 'kubernetes-types/core/v1.d.ts';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import { parseAllDocuments } from 'yaml';
import { makeDirectory } from './directory.ts';
import { root, TestProcess } from './process.ts';

interface Kinds {
  Deployment: Deployment;
  Job: Job;
  Service: Service;
  NetworkPolicy: NetworkPolicy;
  PodDisruptionBudget: PodDisruptionBudget;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Every document of `deploy/kubernetes`. */
export const manifests: readonly Manifest[] = globSync('deploy/kubernetes/*.yaml', { cwd: root })
  .flatMap((file) => parseAllDocuments(readFileSync(join(root, file), 'utf8')))
  .map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  });

/** The only manifest of a kind. */
export function getManifest<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind] {
  const [manifest, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (manifest === undefined || more.length > 0) throw new Error(`There is not one ${kind}.`);
  return manifest as Kinds[Kind];
}

export const podTemplates = {
  service: getManifest('Deployment').spec?.template as PodTemplateSpec,
  migrate: getManifest('Job').spec?.template as PodTemplateSpec,
};

/** What of each manifest is against Kubernetes' types, unknown fields included, in the compiler's words; '' where nothing is. */
export async function findTypeErrors(manifests: readonly Manifest[]): Promise<string[]> {
  const checks = manifests.map((manifest, index) => {
    const group = manifest.apiVersion === 'v1' ? 'core/v1' : manifest.apiVersion.replace('.k8s.io', '');
    const types = join(root, 'node_modules/kubernetes-types', group);
    return `export const manifest${index}: import('${types}').${manifest.kind} = ${JSON.stringify(manifest)};`;
  });
  await using directory = await makeDirectory({ 'manifests.ts': checks.join('\n') });
  const lines = (await compile(join(directory.path, 'manifests.ts'))).split('\n');
  return manifests.map((_manifest, index) =>
    lines.filter((line) => line.includes(`manifests.ts(${index + 1},`)).join('\n'),
  );
}

async function compile(file: string): Promise<string> {
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
  ];
  await using compiler = new TestProcess(join(root, 'node_modules/.bin/tsc'), [...options, file]);
  return (await compiler.ended).stdout;
}
