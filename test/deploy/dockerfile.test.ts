import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { dockerfileText, getStep, readExecForm, type Stage, stages } from '../support/dockerfile.ts';
import { root } from '../support/process.ts';

const image = stages.at(-1) as Stage;
const { scripts, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('the Dockerfile has nothing that a linter would complain of', () => {
  expect(validate(dockerfileText)).toEqual([]);
  expect(validate(`${dockerfileText}ENV A B\nFOO\n`)).toHaveLength(1);
});

test('the image runs what npm start runs, as process 1', () => {
  const command = [...readExecForm(getStep(image, 'ENTRYPOINT')), ...readExecForm(getStep(image, 'CMD'))];
  expect(`exec ${command.join(' ')}`).toBe(scripts.start);
});

test('the image is of the Node that we need, and the packages are installed by the same', () => {
  const major = /\d+/.exec(engines.node)?.[0];
  expect(stages.map(({ base }) => base)).toEqual(stages.map(() => `node:${major}-slim`));
});

test('the image runs as an ordinary user, by number, and takes nothing from the environment of the build', () => {
  expect(getStep(image, 'USER').text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(image.steps.filter(({ keyword }) => keyword === 'ARG')).toEqual([]);
});

test('only what the image needs reaches the build', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => !/^(#|$)/.test(line));
  const sources = stages
    .flatMap(({ steps }) => steps.filter(({ keyword, flags }) => keyword === 'COPY' && !('from' in flags)))
    .flatMap(({ words }) => words.slice(0, -1));
  expect(lines.toSorted()).toEqual(['*', ...new Set(sources.map((source) => `!${source}`))].toSorted());
});
