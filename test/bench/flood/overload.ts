/**
 * What is left of the service where more is asked than it can do: ten orgs ask for the greatest lists as fast as it can
 * answer them, and twice, five times and twenty times as fast, whatever becomes of those before. The best is measured right
 * before each, because machines have slow minutes; of three rounds the table has the median of each figure. On stdout; it
 * judges nothing.
 */
import { readWords } from '../../../src/commands/words.ts';
import { readArguments, readCount } from '../../support/arguments.ts';
import { root } from '../../support/process.ts';
import { askAgain } from './ask-again.ts';
import { askAtRate } from './ask-at-rate.ts';
import { startFloodedService } from './flooded-service.ts';
import type { Figures } from './observed.ts';
import { wholeGroup, write } from './operations.ts';

const usage = 'Usage: npm run bench:overload -- [--seconds N] [--checkout DIR]';
const { seconds, checkout } = readArguments(usage, (args) => {
  const text = { type: 'string' } as const;
  const { options } = readWords('bench:overload', args, { options: { seconds: text, checkout: text } });
  return { seconds: readCount('--seconds', options.seconds, 4), checkout: options.checkout ?? root };
});
const body = write(
  `query Lists { high: badgeGroups { ${wholeGroup} } low: badgeGroups(order: ASC) { ${wholeGroup} } }`,
);

const { url, loud: authorizations, stop } = await startFloodedService(checkout);
try {
  const load = { url, authorizations, body };
  const measureBest = async () => (await askAgain({ ...load, connections: 20, seconds })).done.rate;
  await askAgain({ ...load, connections: 20, seconds: 2 });
  console.log(`| asked | done/s | of the best | after p50 / p99 / at most, ms | refused/s | after p50 / p99 / at most, ms | failed |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |`);
  for (const factor of [1, 2, 5, 20]) {
    const rounds: Round[] = [];
    for (let round = 0; round < 3; round += 1) {
      const best = await measureBest();
      rounds.push({ best, ...(await askAtRate({ ...load, rate: factor * best, seconds })) });
    }
    print(factor, rounds);
  }
} finally {
  await stop();
}

interface Round extends Figures {
  readonly best: number;
}

function print(factor: number, rounds: readonly Round[]): void {
  const median = (read: (round: Round) => number, digits = 0) => {
    const sorted = rounds.map(read).toSorted((one, other) => one - other);
    return (sorted[sorted.length >> 1] ?? Number.NaN).toFixed(digits);
  };
  const times = (outcome: 'done' | 'refused') =>
    (['p50', 'p99', 'max'] as const).map((part) => median((round) => round[outcome][part])).join(' / ');
  const columns = [
    `${factor} ×: ${median(({ best }) => factor * best)}/s`,
    median(({ done }) => done.rate),
    median(({ done, best }) => done.rate / best, 2),
    times('done'),
    median(({ refused }) => refused.rate),
    times('refused'),
    median(({ failed }) => failed.rate * seconds),
  ];
  console.log(`| ${columns.join(' | ')} |`);
}
