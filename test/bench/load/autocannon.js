// Does what wrk.lua does, where there is no wrk.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';

const [directory, task] = process.argv.slice(2);
const { url, headers, prefix, seconds, connections } = JSON.parse(task);
const read = (name) => readFileSync(join(directory, name), 'utf8');
const body = read('body');
const isRight = createCheck();
const times = [];
const sent = new Map();
let count = 0;

const run = autocannon({
  url,
  headers,
  connections,
  duration: seconds,
  timeout: 20,
  requests: [{ method: 'POST', body, setupRequest: fillIn, onResponse: check }],
});
run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
const { duration, errors } = await run;
times.sort((a, b) => a - b);
const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
const figures = {
  requests: times.length,
  seconds: duration,
  p50: percentile(0.5),
  p99: percentile(0.99),
  p999: percentile(0.999),
  failed: errors,
};
console.log(`FIGURES ${JSON.stringify(figures)}`);

function fillIn(request) {
  if (!body.includes('@name@')) return request;
  count += 1;
  sent.set(`${prefix}${count}`, String(count % 100));
  const filled = body.replace('@name@', `${prefix}${count}`).replace('@rank@', String(count % 100));
  return { ...request, body: filled };
}

function check(status, text) {
  if (status === 200 && isRight(text)) return;
  writeFileSync(join(directory, 'wrong'), `HTTP ${status}\n${text}`);
  run.stop();
}

function createCheck() {
  if (!body.includes('@name@')) {
    const answer = read('answer');
    return (text) => text === answer;
  }
  const shape = new RegExp(read('regexp'));
  return (text) => {
    const [, name, rank, createdOn, lastUpdatedOn] = shape.exec(text) ?? [];
    const isOurs = name !== undefined && sent.get(name) === rank && createdOn === lastUpdatedOn;
    sent.delete(name);
    return isOurs;
  };
}
