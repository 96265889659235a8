import { expect, test } from 'vitest';
import { checkRecording } from '../history/check-recording.ts';
import { connectPatiently, startMigratedServer } from '../support/databases.ts';
import { documented, startPgBouncer } from '../support/pgbouncer.ts';
import { TestService } from '../support/service.ts';
import { query, startStandby } from '../support/standby.ts';
import { startBalancer } from './balancer.ts';
import { Fleet } from './fleet.ts';
import { loadBalancer, Tally } from './load.ts';

test('three processes behind HAProxy, on a PgBouncer, lose nothing through a rolling restart and a failover', async () => {
  await using opened = new AsyncDisposableStack();
  const primary = await startMigratedServer({ durable: true });
  opened.defer(() => primary.stop());
  await query(primary, 'create database badge_groups template postgres');
  const standby = await startStandby(primary, 'synchronous');
  opened.defer(() => standby.stop());
  const pooler = opened.use(await startPgBouncer(primary, documented));
  const fleet = opened.use(
    await Fleet.start({
      DATABASE_URL: pooler.url('badge_groups'),
      SHUTDOWN_DELAY: '2',
    }),
  );
  const balancer = opened.use(await startBalancer('HAProxy', fleet.ports));
  const url = primary.url('badge_groups');
  const db = connectPatiently(url);
  const service = new TestService({ db, url, close: () => db.destroy() });

  const tally = new Tally();
  tally.begin('before');
  let backMs: number | undefined;
  const recording = await loadBalancer(balancer.url, { service, tally }, async () => {
    await service.close();
    await fleet.serve();
    await tally.answered();

    tally.begin('rolling restart');
    for (const index of fleet.ports.keys()) {
      expect(await fleet.instances[index]?.stop()).toMatchObject({ exit: 0 });
      await fleet.startAgain(index);
    }
    await tally.answered();

    tally.begin('primary gone');
    await primary.crash();
    await tally.told('reads sent again');
    await standby.promote();
    await pooler.leadTo(standby);

    tally.begin('standby promoted');
    const promotedAt = performance.now();
    await tally.answered(1);
    backMs = Math.round(performance.now() - promotedAt);
    await tally.answered();
  });
  // Also takes out of the system what the crash has left in it.
  await primary.start();
  const { contradictions, ...figures } = checkRecording(recording);
  console.log(JSON.stringify({ ...tally.counts, backMs }), JSON.stringify(figures));
  expect(contradictions).toEqual([]);
  expect(tally.counts['rolling restart']).not.toHaveProperty('reads sent again');
  const failover = ['primary gone', 'standby promoted'];
  const open = tally.failures.filter(({ during, kind }) => kind === 'write' && failover.includes(during));
  expect(tally.failures).toEqual(open);
});
