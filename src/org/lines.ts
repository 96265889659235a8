import { StartError } from '../config/start-error.ts';
import { type Kind, tables } from './org.ts';

/** The version of the format, which the first line of an export tells: whoever changes a line raises it. */
export const format = 1;

export type Entry = Readonly<Record<string, unknown>>;

/** Lines of one kind that follow each other, a thousand at most; the first and the last line are of their own. */
export interface Batch {
  readonly kind: Kind | 'org' | 'end';
  readonly entries: Entry[];
}

/** Lines that are read, and written, at a time. */
export const batchSize = 1_000;

const instants = ['createdOn', 'lastUpdatedOn', 'changedOn', 'revokedOn'];

/** As far as ids go, which begin with eight hex digits of epoch seconds. */
const lastInstant = 4294967295.999999;

/** Takes an export apart. Throws StartError for what is no line of one. */
export async function* readBatches(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Batch> {
  let batch: Batch | undefined;
  let number = 0;
  for await (const lines of readLines(bytes)) {
    for (const line of lines) {
      number += 1;
      const { kind, entry } = parseLine(line, number);
      checkInstants(kind, entry, number);
      if (batch?.kind === kind && batch.entries.length < batchSize) batch.entries.push(entry);
      else {
        if (batch) yield batch;
        batch = { kind, entries: [entry] };
      }
    }
  }
  if (batch) yield batch;
}

/** A line ends with a newline and nothing else: names may have what Node's readline takes for the end of one. */
async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const text of decode(bytes)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

async function* decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decodeNext = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new StartError('The export is not in UTF-8: nothing is imported.');
    }
  };
  for await (const chunk of bytes) yield decodeNext(chunk);
  yield decodeNext();
}

function parseLine(line: string, number: number): { kind: Batch['kind']; entry: Entry } {
  try {
    const [[kind, entry] = [], ...others] = Object.entries(JSON.parse(line));
    const isKnown = kind === 'org' || kind === 'end' || (kind !== undefined && Object.hasOwn(tables, kind));
    if (isKnown && isEntry(entry) && others.length === 0) return { kind: kind as Batch['kind'], entry };
  } catch {
    // Told below.
  }
  throw new StartError(
    `Line ${number} is no line of an export, as "npm run --silent org -- export ORG" writes it: nothing is imported.`,
  );
}

/** The database says whether one may be absent. */
function checkInstants(kind: Batch['kind'], entry: Entry, number: number): void {
  for (const name of instants) {
    const value = entry[name] ?? 0;
    if (typeof value === 'number' && value >= 0 && value <= lastInstant) continue;
    const given = (typeof value === 'number' ? String(value) : JSON.stringify(value)).slice(0, 80);
    throw new StartError(
      `Line ${number}: ${kind}.${name} is ${given}, but must be epoch seconds from 0 to ${lastInstant}, which is from 1970 to 2106: nothing is imported.`,
    );
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
