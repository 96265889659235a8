/**
 * What is left of the service where more is asked than it can do: ten orgs ask for the greatest lists as fast as it can
 * answer them, and twice, five times and twenty times as fast, whatever becomes of those before. A table on stdout; it judges nothing.
 */
import { parseArgs } from 'node:util';
import { root } from '../../support/process.ts';
import { readCount } from '../options.ts';
import { askAgain } from './ask-again.ts';
import { askAtRate } from './ask-at-rate.ts';
import { startFloodedService } from './flooded-service.ts';
import type { Figures } from './observed.ts';
import { wholeGroup, write } from './operations.ts';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string' }, checkout: { type: 'string', default: root } },
});
const seconds = readCount(options.seconds, 5);
const body = write(
  `query Lists { high: badgeGroups { ${wholeGroup} } low: badgeGroups(order: ASC) { ${wholeGroup} } }`,
);

const { url, loud: authorizations, stop } = await startFloodedService(options.checkout);
try {
  const load = { url, authorizations, body };
  const measureBest = async () => (await askAgain({ ...load, connections: 20, seconds })).done.rate;
  await askAgain({ ...load, connections: 20, seconds: 2 });
  console.log(`| asked | done/s | of the best before it | after p50 / p99 / at most, ms | refused/s | after p50 / p99 / at most, ms | failed |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |`);
  for (const factor of [1, 2, 5, 20]) {
    // Each time, because machines have slow minutes.
    const best = await measureBest();
    const rate = factor * best;
    print(`${factor} ×: ${rate.toFixed(0)}/s`, await askAtRate({ ...load, rate, seconds }), best);
  }

  function print(asked: string, { done, refused, failed }: Figures, best: number): void {
    const times = ({ p50, p99, max }: Figures['done']) =>
      [p50, p99, max].map((ms) => ms.toFixed(0)).join(' / ');
    const share = (done.rate / best).toFixed(2);
    const columns = [
      asked,
      done.rate.toFixed(0),
      share,
      times(done),
      refused.rate.toFixed(0),
      times(refused),
    ];
    console.log(`| ${[...columns, (failed.rate * seconds).toFixed(0)].join(' | ')} |`);
  }
} finally {
  await stop();
}
