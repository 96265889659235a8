import type { GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { createFieldCollector, type Variables } from './collect-fields.ts';
import { findField } from './introspection.ts';
import type { Operation } from './operation.ts';
import { compileWriter, type Write } from './writer.ts';

/** How an operation is carried out, for one choice of what its variables include: its top fields, in order. */
export type Plan = readonly (KnownField | ResolvedField)[];

/** `__typename`, as JSON. */
interface KnownField {
  readonly key: string;
  readonly text: string;
}

interface ResolvedField {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly info: Omit<GraphQLResolveInfo, 'variableValues' | 'getAbortSignal' | 'getAsyncHelpers'>;
  /** Absent where the answer is the executor's to write. */
  readonly write: Write | undefined;
}

/** The plan of a valid operation within its limits that does not introspect, and of how many selections it is made. */
export function makePlan(
  operation: Operation,
  schema: GraphQLSchema,
  variables: Variables,
): { readonly plan: Plan; readonly selections: number } {
  const { definition } = operation;
  const parentType = schema.getRootType(definition.operation) as GraphQLObjectType;
  // A plan holds on to what it is made with, and no other variables decide.
  const conditions = Object.entries(variables).filter(([, value]) => typeof value === 'boolean');
  const collectFields = createFieldCollector(operation, schema, Object.fromEntries(conditions), () => {
    selections += 1;
  });
  let selections = 0;
  const fragments = Object.fromEntries(operation.fragments);
  const shared = { schema, fragments, parentType, rootValue: undefined, operation: definition };
  const plan: (KnownField | ResolvedField)[] = [];
  for (const [key, nodes] of collectFields(parentType, [definition.selectionSet])) {
    const name = nodes[0]?.name.value ?? '';
    if (name === '__typename') {
      plan.push({ key, text: JSON.stringify(parentType.name) });
    } else {
      const field = findField(parentType, name);
      const path = { prev: undefined, key, typename: parentType.name };
      const info = { ...shared, fieldName: name, fieldNodes: nodes, returnType: field.type, path };
      plan.push({ key, field, info, write: compileWriter(field.type, nodes, { schema, collectFields }) });
    }
  }
  return { plan, selections };
}
