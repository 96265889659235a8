import { GraphQLError, Kind } from 'graphql';

/** A message may repeat a value or a name of the request, and there may be a hundred of them. */
const maxMessageLength = 1_000;

/** Of a request that is not executed, because it is no GraphQL over HTTP that we take. */
export function createBadRequestError(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } });
}

/** The operation asks for more than a request may: HTTP 422. */
export function createTooMuchError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 422 } } });
}

/** A value of a variable or an argument does not coerce: HTTP 422, or 200 to clients that take nothing but plain JSON. */
export function createCoercionError(error: GraphQLError): GraphQLError {
  const { nodes, source, positions } = error;
  const [node] = nodes ?? [];
  const prefix = node?.kind === Kind.VARIABLE ? `Variable "$${node.name.value}" does not fit: ` : '';
  return new GraphQLError(prefix + shortenValue(error), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 422, spec: true } },
  });
}

/** Where that is long: the value stands before its place and the reason, which may repeat it. */
function shortenValue({ message, originalError: reason }: GraphQLError): string {
  if (message.length <= maxMessageLength || !reason) return message;
  const statement = message.slice(0, -reason.message.length);
  const [place] = / at "[^"]+"; $/.exec(statement) ?? ['; '];
  return shorten(statement.slice(0, -place.length), 300) + place + shorten(reason.message, 300);
}

export function shorten(message: string, length = maxMessageLength): string {
  return message.length > length ? `${message.slice(0, length)}…` : message;
}
