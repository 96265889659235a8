/** What a field adds to an answer at most, for whoever bounds answers before they are begun: us, and gateways. */
export interface FieldCost {
  /** The fields that it counts for; 1 when absent. */
  readonly weight?: number;
  /** The longest value of a leaf in JSON, in bytes; when absent, that of its type. */
  readonly bytes?: number;
  /** How long a list is; one without counts as the longest there are. */
  readonly list?: ListSize;
  /** What it counts for besides, by the arguments that are given. */
  readonly arguments?: Readonly<Record<string, number>>;
  /**
   * Throws for arguments that are out of range. Those of a field below the top are looked at before anything is begun: the
   * mutation above it would else be made, and its outcome lost.
   */
  readonly check?: (args: Readonly<Record<string, unknown>>) => void;
}

export interface ListSize {
  /**
   * The arguments that say how long it is: as a number, or as a list of as many. The first one given counts. Of one
   * within an input object gateways are not told, which do not look there.
   */
  readonly arguments: readonly string[];
  /** How long it is without them. */
  readonly assumed: number;
  /** The field of the answer that is this long, where it is not the list itself. */
  readonly of?: string;
  /** The fields that each entry counts for, whatever is asked for of it; 0 when absent. */
  readonly weight?: number;
}

/** However much is asked for, no list is longer; what asks for more is refused. */
export const maxListSize = 1_000;

/** What a mutation counts for, as Apollo's Router has it: it locks, writes and commits. */
export const mutationWeight = 10;

/** For `extensions` of a field. */
export function cost(cost: FieldCost): { cost: FieldCost } {
  return { cost };
}

/** What a field counts for by itself, with these arguments. */
export function getWeight(
  { weight = 1, arguments: weights = {} }: FieldCost,
  args: Readonly<Record<string, unknown>>,
): number {
  const given = Object.entries(weights).filter(([name]) => args[name] != null);
  return given.reduce((sum, [, each]) => sum + each, weight);
}

/** How long a list is at most with these arguments. */
export function getListLength(list: ListSize | undefined, args: Readonly<Record<string, unknown>>): number {
  if (list === undefined) return maxListSize;
  const given = list.arguments.map((path) => getArgument(path, args)).find((value) => value != null);
  const length = Array.isArray(given) ? given.length : Number(given ?? list.assumed);
  return Math.min(Math.max(length, 0), maxListSize);
}

/** By its name, or its path in an input object: `input.ranks`. */
function getArgument(path: string, args: Readonly<Record<string, unknown>>): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as typeof args | null)?.[name], args);
}
