import { GraphQLError, Kind } from 'graphql';

/** The operation asks for more than a request may: HTTP 422. */
export function createTooMuchError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 422 } } });
}

/** A value of a variable or an argument does not coerce: HTTP 422, or 200 to clients that take nothing but plain JSON. */
export function createCoercionError({ message, nodes, source, positions }: GraphQLError): GraphQLError {
  const [node] = nodes ?? [];
  const prefix = node?.kind === Kind.VARIABLE ? `Variable "$${node.name.value}" does not fit: ` : '';
  return new GraphQLError(prefix + message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 422, spec: true } },
  });
}
