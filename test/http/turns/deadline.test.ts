import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rememberClientMs } from '../../../src/auth/authenticator.ts';
import { Turns, turnLimits } from '../../../src/http/turns/turns.ts';
import { type HeldStatements, holdStatements } from '../../support/held-statements.ts';
import { withPlugin } from '../../support/intercepted-statements.ts';
import { type TestCaller, useService } from '../../support/service.ts';
import { post, WatchedDoor } from '../../support/watched-door.ts';

const list = '{ badgeGroups { id } }';
/** After which an operation that hangs is answered. */
const patienceMs = 4_500;
/** What a look-up of credentials takes, which is all that Kysely runs. */
const lookupMs = 200;

const held = useService('the embedded database');
let statements: HeldStatements;
let verifiedAt: number;
let isHolding: boolean;
let door: WatchedDoor;
let caller: TestCaller;

/** Time passes only where it is let, statements hang, and each turn comes as late as it may. */
beforeEach(async () => {
  isHolding = false;
  statements = holdStatements(held.service.db, ({ sql }) => isHolding && sql.includes('order by'));
  const db = withPlugin(statements.db, {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (isHolding) vi.advanceTimersByTime(lookupMs);
      return result;
    },
  });
  door = new WatchedDoor(db);
  caller = await held.service.addCaller();
  await door.send(post(caller, { query: list }));
  verifiedAt = performance.now();
  isHolding = true;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { enter } = Turns.prototype;
  vi.spyOn(Turns.prototype, 'enter').mockImplementation(async function (this: Turns, asking) {
    await new Promise((resolve) => setTimeout(resolve, turnLimits.waitMs - 1));
    return await enter.call(this, asking);
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  statements.release();
});

test.each([
  ['known', list, ''],
  ['known, in a body that waits for a turn to be read', list, 'x'.repeat(20_000)],
  ['new', `query New ${list}`, ''],
  ['new, in a body that waits for a turn to be read', `query New ${list}`, 'x'.repeat(20_000)],
])('a query that hangs is answered 4.5 s after it was read, where it is %s', async (_title, query, a) => {
  await expectLate(door.send(post(caller, { query, a })), patienceMs);
});

test('a query that hangs is answered 4.5 s after it was read, where it comes by GET', async () => {
  const { authorization } = caller;
  const headers = { authorization, 'x-graphql-yoga-csrf': '1' };
  await expectLate(door.send({ headers }, `/graphql?query=${encodeURIComponent(list)}`), patienceMs);
});

test('a query that hangs is answered 4.5 s after it was read, where its caller is verified anew', async () => {
  // The clock that is faked begins anew, long before it was verified.
  vi.advanceTimersByTime(verifiedAt + rememberClientMs);
  await expectLate(door.send(post(caller, { query: list })), patienceMs - lookupMs);
});

test.each([
  ['the door', 'there at once', '/graphql', 0],
  ['the door', 'slow', '/graphql', 2_000],
  ['Yoga', 'there at once', '/graphql?x', 0],
  ['Yoga', 'there before the turn of its head', '/graphql?x', 500],
  ['Yoga', 'slow', '/graphql?x', 2_000],
])(
  'a query for %s whose body is %s has 4.5 s from when the body was read',
  async (_by, _title, target, ms) => {
    const { port, hostname } = await door.listen();
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const { headers, body } = post(caller, { query: list });
    const lines = Object.entries({ host: hostname, ...headers, 'content-length': body.length });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const answer = once(socket, 'data').then(([data]) => ({ status: Number(String(data).split(' ')[1]) }));
    socket.write(`POST ${target} HTTP/1.1\r\n${head}\r\n`);
    await pass(ms);
    socket.write(body);
    await expectLate(answer, patienceMs);
    socket.destroy();
    await door.stopListening();
  },
);

/** Expects a 503 after so long, and not before. */
async function expectLate(sending: Promise<{ status: number }>, ms: number): Promise<void> {
  let status: number | undefined;
  void sending.then((sent) => {
    ({ status } = sent);
  });
  await pass(ms - 1);
  expect(status).toBe(undefined);
  await pass(1);
  expect(status).toBe(503);
}

/** Lets time pass, and the event loop go round meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 100) {
    for (let round = 0; round < 20; round += 1) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(Math.min(left, 100));
  }
  for (let round = 0; round < 20; round += 1) await new Promise(setImmediate);
}
