import { describe, expect, test } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import type { Statement } from '../../../src/database/statement.ts';
import type { Asking, Party } from '../../../src/http/turns/asking.ts';
import { Statements } from '../../../src/http/turns/statements.ts';
import { type Leave, Turns, turnLimits } from '../../../src/http/turns/turns.ts';

const read = (party: Party): Asking => ({ party, kind: 'read', cost: 1_000 });

/** A database whose statements end when they are told to. */
class SlowDatabase {
  readonly ends: (() => void)[] = [];
  readonly fails: (() => void)[] = [];
  readonly db = {
    run: () =>
      new Promise<readonly []>((resolve, reject) => {
        this.ends.push(() => resolve([]));
        this.fails.push(() => reject(new Error('It failed.')));
      }),
  } as unknown as Db;
}

async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

const never = new Promise<void>(() => {});
const count = { isMeasured: true } as Statement<object>;

describe('The statements of an operation', () => {
  test('are sent at once where its org is alone', async () => {
    const turns = new Turns(10);
    await turns.enter(read(1));
    const slow = new SlowDatabase();
    const { run } = new Statements(turns, read(1), never).over(slow.db);
    const rows = Array.from({ length: 25 }, () => run(count, {}));
    await settle();
    expect(slow.ends).toHaveLength(25);
    for (const end of slow.ends) end();
    await Promise.all(rows);
  });

  test('are sent one after the other where others wait for their turns', async () => {
    const turns = new Turns(1);
    const leaves = [1, 2, 3].map((party) => turns.enter(read(party)) as Leave);
    void turns.enter(read(4));
    const slow = new SlowDatabase();
    const { run } = new Statements(turns, read(1), never).over(slow.db);
    const rows = [1, 2, 3].map(() => run(count, {}));
    for (let sent = 1; sent <= 3; sent += 1) {
      await settle();
      expect(slow.ends).toHaveLength(sent);
      slow.ends.at(-1)?.();
    }
    expect(await Promise.all(rows)).toEqual([[], [], []]);
    for (const leave of leaves) leave();
    expect(turns.count()).toMatchObject({ waiting: 0 });
  });

  test('go on in their own place when one fails, and whatever is under way beside it', async () => {
    const turns = new Turns(1);
    const slow = new SlowDatabase();
    const [, leaveLast] = [2, 3].map((party) => turns.enter(read(party)) as Leave);
    const { run } = new Statements(turns, read(2), never).over(slow.db);
    const rows = [1, 2, 3].map(() => run(count, {}));
    await settle();
    // One in its own place, and one in the third of three.
    expect(slow.ends).toHaveLength(2);
    slow.fails[0]?.();
    await expect(rows[0]).rejects.toThrow('It failed.');
    await settle();
    expect(slow.ends).toHaveLength(3);
    for (const end of slow.ends) end();
    expect(await Promise.all(rows.slice(1))).toEqual([[], []]);
    leaveLast?.();
    expect(turns.count()).toEqual({ atWork: 1, waiting: 0 });
  });

  test('are not sent once the operation is late, those that wait for its place neither', async () => {
    const turns = new Turns(1);
    for (const party of [1, 2, 3]) void turns.enter(read(party));
    const slow = new SlowDatabase();
    const late = Promise.withResolvers<void>();
    const { run } = new Statements(turns, read(1), late.promise).over(slow.db);
    const rows = [1, 2].map(() => run(count, {}));
    await settle();
    late.resolve();
    await expect(rows[1]).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    await expect(run(count, {})).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    slow.ends[0]?.();
    expect(await rows[0]).toEqual([]);
    expect(slow.ends).toHaveLength(1);
  });

  test('are measured where their answers do not tell what they cost', async () => {
    const turns = new Turns(10);
    const slow = new SlowDatabase();
    const measured = new Statements(turns, read(1), never);
    const estimated = new Statements(turns, read(1), never);
    const rows = [
      measured.over(slow.db).run(count, {}),
      estimated.over(slow.db).run({ ...count, isMeasured: false }, {}),
    ];
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const end of slow.ends) end();
    await Promise.all(rows);
    expect(measured.cost).toBeGreaterThan(turnLimits.smallCost);
    expect(estimated.cost).toBe(0);
  });
});
