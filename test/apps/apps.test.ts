import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { databaseKinds } from '../support/databases.ts';
import { type TestCaller, useService } from '../support/service.ts';
import { openApolloApp } from './apollo.ts';
import type { App } from './app.ts';
import { openRelayApp } from './relay.ts';
import { openUrqlApp } from './urql.ts';

const libraries = { 'Apollo Client': openApolloApp, urql: openUrqlApp, Relay: openRelayApp };

describe.each(databaseKinds)('On %s,', (kind) => {
  const held = useService(kind);
  let url: string;
  beforeAll(async () => {
    url = await held.service.listen();
  });

  describe.each(Object.entries(libraries))('an app on %s', (_library, openApp) => {
    let app: App;
    let requests = 0;
    const complaints = vi.fn();
    beforeEach(() => {
      vi.spyOn(console, 'warn').mockImplementation(complaints);
      vi.spyOn(console, 'error').mockImplementation(complaints);
    });
    afterEach(() => {
      app.close();
      vi.restoreAllMocks();
      // The libraries warn of what they cannot keep in order.
      expect(complaints.mock.calls).toEqual([]);
    });

    /** Opens the app on the groups that there are. */
    async function open({ authorization }: TestCaller): Promise<void> {
      requests = 0;
      app = await openApp({
        url,
        authorization,
        fetch: (input, init) => {
          requests += 1;
          return fetch(input, init);
        },
      });
    }
    const shownNames = () => app.shown().map(({ name }) => name);

    test('pages through the whole list, with one request for each page', async () => {
      const caller = await held.service.addCaller();
      await held.service.fill(caller.orgId, 5);
      const names = (await caller.list()).map(({ name }) => name);

      await open(caller);
      await expect.poll(shownNames).toEqual(names.slice(0, 2));
      await app.showMore();
      await expect.poll(shownNames).toEqual(names.slice(0, 4));
      expect(app.hasMore()).toBe(true);
      await app.showMore();
      await expect.poll(shownNames).toEqual(names);
      expect(app.hasMore()).toBe(false);
      expect(requests).toBe(3);
    });

    test('shows what it creates and changes, without asking for the list again', async () => {
      const caller = await held.service.addCaller();
      const beginner = await caller.create({ name: 'Beginner', rank: 2 });
      await open(caller);

      expect(await app.create({ name: 'Expert', rank: 3 })).toMatchObject({
        done: { name: 'Expert', rank: 3 },
      });
      await expect.poll(shownNames).toEqual(['Expert', 'Beginner']);
      expect(await app.update({ id: beginner.id, name: 'Novice' })).toMatchObject({
        done: { name: 'Novice' },
      });
      await expect.poll(shownNames).toEqual(['Expert', 'Novice']);
      expect(requests).toBe(3);
      expect((await caller.list()).map(({ name }) => name)).toEqual(['Expert', 'Novice']);
    });

    test('is given the group that has the name (733), and shows nothing new', async () => {
      const caller = await held.service.addCaller();
      const { id } = await caller.create({ name: 'Expert', rank: 3 });
      await open(caller);

      expect(await app.create({ name: 'Expert', rank: 4 })).toMatchObject({
        taken: { id, name: 'Expert', rank: 3 },
      });
      expect(shownNames()).toEqual(['Expert']);
    });

    test('shows the group as others have changed it (409), and goes on from there', async () => {
      const caller = await held.service.addCaller();
      const { id } = await caller.create({ name: 'Expert', rank: 3 });
      await open(caller);
      const seen = app.shown()[0];
      const theirs = await caller.update({ id, rank: 7 });

      const outcome = await app.update({ id, name: 'Master', ifLastUpdatedOn: seen?.lastUpdatedOn });
      const { lastUpdatedOn } = theirs;
      expect(outcome).toMatchObject({ changed: { id, name: 'Expert', rank: 7, lastUpdatedOn } });
      await expect.poll(app.shown).toMatchObject([{ id, name: 'Expert', rank: 7, lastUpdatedOn }]);

      const again = await app.update({ id, name: 'Master', ifLastUpdatedOn: app.shown()[0]?.lastUpdatedOn });
      expect(again).toMatchObject({ done: { id, name: 'Master', rank: 7 } });
      await expect.poll(app.shown).toMatchObject([{ id, name: 'Master', rank: 7 }]);
    });

    test('tells people of the other errors, in their words', async () => {
      const caller = await held.service.addCaller();
      await open(caller);
      expect(await app.create({ name: ' ', rank: 4 })).toEqual({ refused: 'Group name is mandatory.' });
    });
  });
});
