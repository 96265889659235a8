import { parseArgs } from 'node:util';

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
  readonly load: 'wrk' | 'autocannon' | undefined;
  readonly json: string | undefined;
}

export function readOptions(): Options {
  const text = { type: 'string' } as const;
  const { values } = parseOrExplain(() =>
    parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        rounds: text,
        seconds: text,
        workloads: text,
        contestants: text,
        against: text,
        'database-url': text,
        load: text,
        json: text,
      },
    }),
  );
  if (values.load !== undefined && values.load !== 'wrk' && values.load !== 'autocannon') explain();
  const seconds = readCount(values.seconds, values.quick ? 1 : 5);
  return {
    rounds: readCount(values.rounds, values.quick ? 2 : 6),
    seconds,
    warmUpSeconds: Math.min(seconds, 3),
    workloads: values.workloads?.split(','),
    contestants: values.contestants?.split(','),
    against: values.against,
    databaseUrl: values['database-url'],
    load: values.load,
    json: values.json,
  };
}

export function readCount(value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  return /^[1-9]\d{0,5}$/.test(value) ? Number(value) : explain();
}

function parseOrExplain<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return explain((error as Error).message);
  }
}

function explain(...lines: string[]): never {
  console.error([...lines, usage].join('\n'));
  process.exit(2);
}
