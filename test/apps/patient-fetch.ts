import { setTimeout } from 'node:timers/promises';

/** `fetch` for any client library: sends again, five times at most, what the service refuses to begin (429). */
export const patientFetch: typeof fetch = async (input, init) => {
  for (let refusals = 0; ; refusals += 1) {
    const response = await fetch(input, init);
    if (response.status !== 429 || refusals === 5) return response;
    await setTimeout(Number(response.headers.get('retry-after')) * 1000);
  }
};
