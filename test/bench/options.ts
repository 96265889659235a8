import { readWords } from '../../src/commands/words.ts';
import { readChoice } from '../../src/config/variables.ts';
import { readArguments, readCount } from '../support/arguments.ts';
import type { Tool } from './load/load.ts';

const usage = `Usage: npm run bench -- [--quick] [--rounds N] [--seconds N] [--workloads W1,W5] [--contestants bare,service]
  [--against DIR] [--database-url URL] [--load wrk|autocannon] [--json FILE]`;

export interface Options {
  readonly rounds: number;
  /** Of each run: one workload against one contestant. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly workloads: readonly string[] | undefined;
  readonly contestants: readonly string[] | undefined;
  /** Another checkout, with its node_modules, whose service runs as `before`. */
  readonly against: string | undefined;
  /** A superuser's, of a server to use instead of an own one. */
  readonly databaseUrl: string | undefined;
  readonly load: Tool | undefined;
  readonly json: string | undefined;
}

export function readOptions(): Options {
  return readArguments(usage, (args) => {
    const text = { type: 'string' } as const;
    const { options } = readWords('bench', args, {
      options: {
        quick: { type: 'boolean' },
        rounds: text,
        seconds: text,
        workloads: text,
        contestants: text,
        against: text,
        'database-url': text,
        load: text,
        json: text,
      },
    });
    const seconds = readCount('--seconds', options.seconds, options.quick ? 1 : 5);
    return {
      rounds: readCount('--rounds', options.rounds, options.quick ? 2 : 6),
      seconds,
      warmUpSeconds: Math.min(seconds, 3),
      workloads: options.workloads?.split(','),
      contestants: options.contestants?.split(','),
      against: options.against,
      databaseUrl: options['database-url'],
      load: options.load ? readTool(options.load) : undefined,
      json: options.json,
    };
  });
}

function readTool(given: string): Tool {
  return readChoice({ '--load': given }, '--load', ['wrk', 'autocannon'], 'wrk');
}
