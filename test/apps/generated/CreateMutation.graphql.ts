/**
 * @generated SignedSource<<b93697590ca19bc3f746a4cbe48e4b0f>>
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
export type CreateMutation$variables = {
  input: CreateBadgeGroupInput;
};
export type CreateMutation$data = {
  readonly createBadgeGroup: {
    readonly __typename: "BadgeGroup";
    readonly id: string;
    readonly lastUpdatedOn: number;
    readonly name: string;
    readonly rank: number;
  } | {
    readonly __typename: "BadgeGroupAccessDeniedError";
    readonly message: string;
  } | {
    readonly __typename: "BadgeGroupNameInvalidError";
    readonly message: string;
  } | {
    readonly __typename: "BadgeGroupNameMandatoryError";
    readonly message: string;
  } | {
    readonly __typename: "BadgeGroupNameNotUniqueError";
    readonly existingGroup: {
      readonly id: string;
      readonly lastUpdatedOn: number;
      readonly name: string;
      readonly rank: number;
    } | null | undefined;
  } | {
    readonly __typename: "BadgeGroupRankMandatoryError";
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  } | null | undefined;
};
export type CreateMutation = {
  response: CreateMutation$data;
  variables: CreateMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
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
  },
  {
    "alias": null,
    "args": null,
    "kind": "ScalarField",
    "name": "rank",
    "storageKey": null
  },
  {
    "alias": null,
    "args": null,
    "kind": "ScalarField",
    "name": "lastUpdatedOn",
    "storageKey": null
  }
],
v2 = [
  {
    "alias": null,
    "args": null,
    "kind": "ScalarField",
    "name": "message",
    "storageKey": null
  }
],
v3 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "createBadgeGroup",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": (v1/*:: as any*/),
        "type": "BadgeGroup",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "BadgeGroup",
            "kind": "LinkedField",
            "name": "existingGroup",
            "plural": false,
            "selections": (v1/*:: as any*/),
            "storageKey": null
          }
        ],
        "type": "BadgeGroupNameNotUniqueError",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": (v2/*:: as any*/),
        "type": "BadgeGroupNameMandatoryError",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": (v2/*:: as any*/),
        "type": "BadgeGroupNameInvalidError",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": (v2/*:: as any*/),
        "type": "BadgeGroupRankMandatoryError",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": (v2/*:: as any*/),
        "type": "BadgeGroupAccessDeniedError",
        "abstractKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "CreateMutation",
    "selections": (v3/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "CreateMutation",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "26c0177b11aa130996b3548519ccf6af",
    "id": null,
    "metadata": {},
    "name": "CreateMutation",
    "operationKind": "mutation",
    "text": "mutation CreateMutation(\n  $input: CreateBadgeGroupInput!\n) {\n  createBadgeGroup(input: $input) {\n    __typename\n    ... on BadgeGroup {\n      id\n      name\n      rank\n      lastUpdatedOn\n    }\n    ... on BadgeGroupNameNotUniqueError {\n      existingGroup {\n        id\n        name\n        rank\n        lastUpdatedOn\n      }\n    }\n    ... on BadgeGroupNameMandatoryError {\n      message\n    }\n    ... on BadgeGroupNameInvalidError {\n      message\n    }\n    ... on BadgeGroupRankMandatoryError {\n      message\n    }\n    ... on BadgeGroupAccessDeniedError {\n      message\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "d56754b0258e9ba096f7e4862a9a87d7";

export default node;
