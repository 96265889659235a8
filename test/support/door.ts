import { bodyLimits } from '../../src/http/held-bodies.ts';
import type { Answer } from '../../src/http/passage.ts';
import type { HttpServer } from '../../src/http/server.ts';

/** With `DOOR=judged`, Yoga makes each answer of the door, too, from what was begun there: every byte is compared. */
export const isJudged = process.env['DOOR'] === 'judged';

/** Sends a request the way that the listener leads it, without a socket. */
export async function fetchThroughDoor(
  { door, fetch }: HttpServer,
  url: URL,
  init: RequestInit,
  judge?: HttpServer,
): Promise<Response> {
  const head = {
    method: init.method,
    url: url.pathname + url.search,
    headers: Object.fromEntries(new Headers(init.headers)),
  };
  const answers: Answer[] = [];
  const visitor = door.receive(head, (answer) => answers.push(answer));
  const readAt = performance.now();
  if (visitor === undefined) return await fetch(url, init, { arrival: { readAt } });
  const body = await new Request(url, init).bytes();
  if (body.length > bodyLimits.largest)
    return await fetch(url, { ...init, body }, { record: visitor.record });
  const passage = await door.answer({ ...visitor, readAt }, body);
  const expected = passage === 'answered' ? 1 : 0;
  if (answers.length !== expected)
    throw new Error(`The door has sent ${answers.length} answers, not ${expected}.`);
  if (passage !== 'answered') return await fetch(url, { ...init, body }, passage);
  const answer = answers[0] as Answer;
  if (judge) await expectSame(answer, await judge.fetch(url, { ...init, body }, answer.begun));
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}

async function expectSame({ status, headers, body }: Answer, judged: Response): Promise<void> {
  const own = JSON.stringify([status, [...new Headers(headers)], body]);
  const others = JSON.stringify([judged.status, [...new Headers([...judged.headers])], await judged.text()]);
  if (own !== others) throw new Error(`The door answers ${own}, Yoga ${others}.`);
}
