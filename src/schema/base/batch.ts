/** Collects what the fields of one turn ask for, and finds all of it at once; `find` answers in order. */
export class Batch<Request, Result> {
  readonly #find: (requests: readonly Request[]) => Promise<Result[]>;
  #open: { readonly requests: Request[]; readonly results: Promise<Result[]> } | undefined;

  constructor(find: (requests: readonly Request[]) => Promise<Result[]>) {
    this.#find = find;
  }

  async load(request: Request): Promise<Result> {
    const [result] = await this.loadAll([request]);
    return result as Result;
  }

  async loadAll(wanted: readonly Request[]): Promise<Result[]> {
    this.#open ??= this.#start();
    const { requests, results } = this.#open;
    const start = requests.length;
    for (const request of wanted) requests.push(request);
    return (await results).slice(start, start + wanted.length);
  }

  #start() {
    const requests: Request[] = [];
    const results = Promise.resolve().then(() => {
      this.#open = undefined;
      return this.#find(requests);
    });
    return { requests, results };
  }
}
