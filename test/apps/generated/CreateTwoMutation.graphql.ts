/**
 * @generated SignedSource<<2e435c3f7bb5f96647d9291ef4868752>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type CreateBadgeGroupInput = {
  name?: string | null | undefined;
  rank?: number | null | undefined;
};
export type CreateTwoMutation$variables = {
  one: CreateBadgeGroupInput;
  other: CreateBadgeGroupInput;
};
export type CreateTwoMutation$data = {
  readonly one: {
    readonly __typename: "BadgeGroup";
    readonly id: string;
    readonly name: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  } | null | undefined;
  readonly other: {
    readonly __typename: "BadgeGroup";
    readonly id: string;
    readonly name: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  } | null | undefined;
};
export type CreateTwoMutation = {
  response: CreateTwoMutation$data;
  variables: CreateTwoMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "one"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "other"
  }
],
v1 = [
  {
    "alias": null,
    "args": null,
    "kind": "ScalarField",
    "name": "__typename",
    "storageKey": null
  },
  {
    "kind": "InlineFragment",
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "name",
        "storageKey": null
      }
    ],
    "type": "BadgeGroup",
    "abstractKey": null
  }
],
v2 = [
  {
    "alias": "one",
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "one"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "createBadgeGroup",
    "plural": false,
    "selections": (v1/*:: as any*/),
    "storageKey": null
  },
  {
    "alias": "other",
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "other"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "createBadgeGroup",
    "plural": false,
    "selections": (v1/*:: as any*/),
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "CreateTwoMutation",
    "selections": (v2/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "CreateTwoMutation",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "5ec8d4a581c7c9d52ff548c5ad996f9d",
    "id": null,
    "metadata": {},
    "name": "CreateTwoMutation",
    "operationKind": "mutation",
    "text": "mutation CreateTwoMutation(\n  $one: CreateBadgeGroupInput!\n  $other: CreateBadgeGroupInput!\n) {\n  one: createBadgeGroup(input: $one) {\n    __typename\n    ... on BadgeGroup {\n      id\n      name\n    }\n  }\n  other: createBadgeGroup(input: $other) {\n    __typename\n    ... on BadgeGroup {\n      id\n      name\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "0979aa7588a0f7e1c371c6e7b7cfbad0";

export default node;
