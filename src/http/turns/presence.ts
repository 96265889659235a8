import { isOrg, type Party } from './asking.ts';

/** An org counts as alone when no other has come for so long. */
const aloneAfterMs = 1_000;

/** Which orgs have something at work or waiting, and whether one has the service to itself. */
export class Presence {
  /** How many operations of each org there are. */
  readonly #operations = new Map<number, number>();
  /** The one that has asked last. */
  #org: number | undefined;
  #sharedUntil = 0;

  /** Takes note that a party asks for something, whether it gets it or not. */
  note(party: Party): void {
    // Newcomers do not count: an org that comes back after a while is one of them at first.
    if (party === this.#org || !isOrg(party)) return;
    if (this.#org !== undefined) this.#sharedUntil = performance.now() + aloneAfterMs;
    this.#org = party;
  }

  arrive(party: Party): void {
    if (isOrg(party)) this.#operations.set(party, (this.#operations.get(party) ?? 0) + 1);
  }

  depart(party: Party): void {
    if (!isOrg(party)) return;
    const left = (this.#operations.get(party) ?? 0) - 1;
    if (left > 0) this.#operations.set(party, left);
    else this.#operations.delete(party);
  }

  isAlone(party: Party): boolean {
    return this.#operations.size <= 1 && isOrg(party) && performance.now() >= this.#sharedUntil;
  }
}
