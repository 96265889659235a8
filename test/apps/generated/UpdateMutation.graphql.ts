/**
 * @generated SignedSource<<674adfbd2d4407beaa1fdf87c466deec>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type UpdateBadgeGroupInput = {
  id: string;
  ifLastUpdatedOn?: number | null | undefined;
  isActive?: boolean | null | undefined;
  name?: string | null | undefined;
  rank?: number | null | undefined;
};
export type UpdateMutation$variables = {
  input: UpdateBadgeGroupInput;
};
export type UpdateMutation$data = {
  readonly updateBadgeGroup: {
    readonly __typename: "BadgeGroup";
    readonly id: string;
    readonly lastUpdatedOn: number;
    readonly name: string;
    readonly rank: number;
  } | {
    readonly __typename: "BadgeGroupAccessDeniedError";
    readonly message: string;
  } | {
    readonly __typename: "BadgeGroupChangedError";
    readonly currentGroup: {
      readonly id: string;
      readonly lastUpdatedOn: number;
      readonly name: string;
      readonly rank: number;
    };
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
    readonly __typename: "BadgeGroupNotFoundError";
    readonly message: string;
  } | {
    readonly __typename: "BadgeGroupRankMandatoryError";
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  } | null | undefined;
};
export type UpdateMutation = {
  response: UpdateMutation$data;
  variables: UpdateMutation$variables;
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
    "name": "updateBadgeGroup",
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
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "BadgeGroup",
            "kind": "LinkedField",
            "name": "currentGroup",
            "plural": false,
            "selections": (v1/*:: as any*/),
            "storageKey": null
          }
        ],
        "type": "BadgeGroupChangedError",
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
      },
      {
        "kind": "InlineFragment",
        "selections": (v2/*:: as any*/),
        "type": "BadgeGroupNotFoundError",
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
    "name": "UpdateMutation",
    "selections": (v3/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "UpdateMutation",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "97a863a8dcf22d792f0905508ce9cb17",
    "id": null,
    "metadata": {},
    "name": "UpdateMutation",
    "operationKind": "mutation",
    "text": "mutation UpdateMutation(\n  $input: UpdateBadgeGroupInput!\n) {\n  updateBadgeGroup(input: $input) {\n    __typename\n    ... on BadgeGroup {\n      id\n      name\n      rank\n      lastUpdatedOn\n    }\n    ... on BadgeGroupNameNotUniqueError {\n      existingGroup {\n        id\n        name\n        rank\n        lastUpdatedOn\n      }\n    }\n    ... on BadgeGroupChangedError {\n      currentGroup {\n        id\n        name\n        rank\n        lastUpdatedOn\n      }\n    }\n    ... on BadgeGroupNameMandatoryError {\n      message\n    }\n    ... on BadgeGroupNameInvalidError {\n      message\n    }\n    ... on BadgeGroupRankMandatoryError {\n      message\n    }\n    ... on BadgeGroupAccessDeniedError {\n      message\n    }\n    ... on BadgeGroupNotFoundError {\n      message\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "da795a973a26fa1340e8985768f51aeb";

export default node;
