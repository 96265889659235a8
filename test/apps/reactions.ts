import type { Outcome } from './app.ts';
import type { CreateMutation, PageQuery, UpdateMutation } from './generated/graphql.ts';

// Of the apps on Apollo Client and urql, whose operations are the same.

/** What each member of the unions means to them. */
export function toOutcome(
  result: CreateMutation['createBadgeGroup'] | UpdateMutation['updateBadgeGroup'] | undefined,
): Outcome {
  switch (result?.__typename) {
    case 'BadgeGroup':
      return { done: result };
    case 'BadgeGroupNameNotUniqueError':
      return { taken: result.existingGroup };
    case 'BadgeGroupChangedError':
      return { changed: result.currentGroup };
    default:
      return { refused: result?.message ?? 'Try again later.' };
  }
}

/** The pages that are shown, with the group that was created, if it was, on top. */
export function putOnTop(
  created: CreateMutation['createBadgeGroup'] | undefined,
  shown: PageQuery | null,
): PageQuery | undefined {
  if (created?.__typename !== 'BadgeGroup' || !shown) return;
  const { badgeGroupsConnection: groups } = shown;
  const edge = { __typename: 'BadgeGroupEdge', cursor: '', node: created };
  return { ...shown, badgeGroupsConnection: { ...groups, edges: [edge, ...groups.edges] } };
}
