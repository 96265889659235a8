import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toRegExp } from './shape.ts';
import type { Exchange } from './workloads.ts';

/** As Apollo Client sends them. */
export function createHeaders(authorization: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json,application/json;q=0.9',
    authorization,
  };
}

/**
 * Asks once and compares what the answer says, field by field in their order; gives the answer byte by byte, which
 * all further ones have to equal, or the shape. Throws for a wrong one.
 */
export async function findRightAnswer(
  url: string,
  authorization: string,
  { body, answer, isShape }: Exchange,
): Promise<string> {
  const text = body.replace('@name@', 'Bench check').replace('@rank@', '7');
  const got = await post(url, createHeaders(authorization), text);
  const isRight = isShape
    ? new RegExp(toRegExp(answer)).test(got.body) && isConsistent(got.body)
    : JSON.stringify(parse(got.body)) === answer;
  if (got.status === 200 && isRight) return isShape ? answer : got.body;
  throw createWrongAnswerError(url, `HTTP ${got.status}\n${got.body}`, answer);
}

/** Shows both from a bit before the place on where they differ. */
export function createWrongAnswerError(url: string, got: string, answer: string): Error {
  const body = got.slice(got.indexOf('\n') + 1);
  const place = [...body].findIndex((character, index) => character !== answer[index]);
  const show = (text: string) => text.slice(Math.max(0, place - 200)).slice(0, 800);
  return new Error(
    `${url} gave a wrong answer, ${got.split('\n')[0]}, at character ${place}:\n${show(body)}\ninstead of\n${show(answer)}`,
  );
}

/** The first instant that it has is now, and the ISO date says the same. */
function isConsistent(body: string): boolean {
  const seconds = Number(/"createdOn":([\d.]+)/.exec(body)?.[1]);
  const iso = /"createdOnISO":"([^"]+)"/.exec(body)?.[1] ?? '';
  return Date.parse(iso) === Math.floor(seconds) * 1_000 && Math.abs(Date.now() / 1_000 - seconds) < 60;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Not by `fetch`, which asks for compressed answers. */
async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = request(url, { method: 'POST', headers }, async (response) => {
    try {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    } catch (error) {
      reject(error);
    }
  });
  asked.on('error', reject);
  asked.end(body);
  const late = sleep(20_000, undefined, { ref: false }).then(() => {
    throw new Error(`No answer from ${url}`);
  });
  return await Promise.race([promise, late]);
}
