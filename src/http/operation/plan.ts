import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  visit,
} from 'graphql';
import { createFieldCollector, type Variables } from './collect-fields.ts';
import type { Operation } from './operation.ts';
import { compileWriter, type Write } from './writer.ts';

/** How an operation is carried out, for one choice of what its variables include: its top fields, in order. */
export type Plan = readonly (KnownField | ResolvedField)[];

/** `__typename`, as JSON. */
interface KnownField {
  readonly key: string;
  readonly text: string;
}

export interface ResolvedField {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly info: Omit<GraphQLResolveInfo, 'variableValues' | 'getAbortSignal' | 'getAsyncHelpers'>;
  /** Absent where the answer is the executor's to write. */
  readonly write: Write | undefined;
}

/** Of one operation: two for each variable that decides. */
const maxPlans = 16;

interface Plans {
  /** The variables that decide what is included. */
  readonly deciding: readonly string[];
  readonly byChoice: Map<string, Plan>;
}

const plans = new WeakMap<Operation, Plans>();

/** The plan of a valid operation within its limits; undefined for introspection, which is left to the executor. */
export function findPlan(
  operation: Operation,
  schema: GraphQLSchema,
  variables: Variables,
): Plan | undefined {
  const known = plans.get(operation) ?? startPlans(operation);
  const choice = known.deciding.map((name) => variables[name]).join();
  const plan = known.byChoice.get(choice) ?? makePlan(operation, schema, variables);
  if (plan && known.byChoice.size < maxPlans) known.byChoice.set(choice, plan);
  return plan;
}

function startPlans(operation: Operation): Plans {
  const known = { deciding: findDeciding(operation), byChoice: new Map() };
  plans.set(operation, known);
  return known;
}

function findDeciding({ document }: Operation): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      for (const { value } of directive.arguments ?? []) {
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
    },
  });
  return [...names];
}

function makePlan(operation: Operation, schema: GraphQLSchema, variables: Variables): Plan | undefined {
  const { definition } = operation;
  const parentType = schema.getRootType(definition.operation) as GraphQLObjectType;
  const collectFields = createFieldCollector(operation, schema, variables, () => {});
  const fragments = Object.fromEntries(operation.fragments);
  const shared = { schema, fragments, parentType, rootValue: undefined, operation: definition };
  const plan: (KnownField | ResolvedField)[] = [];
  for (const [key, nodes] of collectFields(parentType, [definition.selectionSet])) {
    const name = nodes[0]?.name.value ?? '';
    const field = parentType.getFields()[name];
    if (name === '__typename') {
      plan.push({ key, text: JSON.stringify(parentType.name) });
    } else if (field === undefined) {
      return undefined;
    } else {
      const path = { prev: undefined, key, typename: parentType.name };
      const info = { ...shared, fieldName: name, fieldNodes: nodes, returnType: field.type, path };
      plan.push({ key, field, info, write: compileWriter(field.type, nodes, { schema, collectFields }) });
    }
  }
  return plan;
}
