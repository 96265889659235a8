import { expect, test } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { ReadIndex } from '../../src/database/read-index.ts';
import { useService } from '../support/service.ts';

const held = useService('a Postgres server');

/** A database that counts what it is asked, and keeps the answers until they are released. */
function countQuestions() {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { db } = held.service;
  const counts = { asked: 0 };
  const run: Db['run'] = async (statement, values) => {
    counts.asked += 1;
    const rows = await db.run(statement, values);
    await released;
    return rows;
  };
  return { index: new ReadIndex(Object.assign(db.withoutPlugins(), { run })), counts, release };
}

test('those who come together are told by one question', async () => {
  const { index, counts, release } = countQuestions();
  release();
  const [one, other] = await Promise.all([index.find(), index.find()]);
  expect(one).toBe(other);
  expect(one).toEqual({ cluster: expect.stringMatching(/^\d+$/), timeline: 1, lsn: expect.any(Number) });
  expect(counts).toEqual({ asked: 1 });
});

test('who comes after a question was sent is told by the next one, together with all others', async () => {
  const { index, counts, release } = countQuestions();
  const before = index.find();
  await expect.poll(() => counts.asked).toBe(1);
  const after = [index.find(), index.find()];
  release();
  const [first, second, third] = await Promise.all([before, ...after]);
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  expect(counts).toEqual({ asked: 2 });
});

test('a question that fails fails those who wait for it, and none after them', async () => {
  const { db } = held.service;
  const answers = [Promise.reject(new Error('It is away.')), Promise.resolve([['7', '1', '42']])];
  const run = (() => answers.shift()) as unknown as Db['run'];
  const index = new ReadIndex(Object.assign(db.withoutPlugins(), { run }));
  await expect(Promise.all([index.find(), index.find()])).rejects.toThrow('It is away.');
  expect(await index.find()).toEqual({ cluster: '7', timeline: 1, lsn: 42 });
});
