/**
 * @generated SignedSource<<99758b9d59b28ef7357cb33cd601ceaa>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
import type { Result } from "relay-runtime";
export type FindQuery$variables = {
  id: string;
};
export type FindQuery$data = {
  readonly badgeGroup: Result<{
    readonly name: string;
  } | null | undefined, unknown>;
};
export type FindQuery = {
  response: FindQuery$data;
  variables: FindQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = [
  {
    "kind": "Variable",
    "name": "id",
    "variableName": "id"
  }
],
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "name",
  "storageKey": null
};
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "FindQuery",
    "selections": [
      {
        "kind": "CatchField",
        "field": {
          "alias": null,
          "args": (v1/*:: as any*/),
          "concreteType": "BadgeGroup",
          "kind": "LinkedField",
          "name": "badgeGroup",
          "plural": false,
          "selections": [
            (v2/*:: as any*/)
          ],
          "storageKey": null
        },
        "to": "RESULT"
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "FindQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "BadgeGroup",
        "kind": "LinkedField",
        "name": "badgeGroup",
        "plural": false,
        "selections": [
          (v2/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ]
  },
  "params": {
    "cacheID": "231710c0b59f43a3583f116b6578c286",
    "id": null,
    "metadata": {},
    "name": "FindQuery",
    "operationKind": "query",
    "text": "query FindQuery(\n  $id: ID!\n) {\n  badgeGroup(id: $id) {\n    name\n    id\n  }\n}\n"
  }
};
})();

(node as any).hash = "be1925dd6d9a2daa6921eafabb8cee06";

export default node;
