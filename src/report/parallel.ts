/** Runs named jobs side by side and keeps every outcome: no failure hides another. */

/** How one named job ended. */
export type Outcome<Result> =
  | { readonly name: string; readonly ok: true; readonly value: Result; readonly seconds: number }
  | { readonly name: string; readonly ok: false; readonly error: unknown; readonly seconds: number };

/**
 * Runs one job per item in parallel and returns the outcomes in the order of the items. Never rejects.
 *
 * @param items What to work on; each has a name.
 * @param job The work for one item.
 * @param nowSeconds Clock, in seconds; only differences are used.
 */
export async function runNamed<Item extends { readonly name: string }, Result>(
  items: readonly Item[],
  job: (item: Item) => Promise<Result>,
  nowSeconds: () => number,
): Promise<Outcome<Result>[]> {
  return Promise.all(
    items.map(async (item): Promise<Outcome<Result>> => {
      const began = nowSeconds();
      try {
        const value = await job(item);
        return { name: item.name, ok: true, value, seconds: nowSeconds() - began };
      } catch (error) {
        return { name: item.name, ok: false, error, seconds: nowSeconds() - began };
      }
    }),
  );
}

/** Clock for `runNamed` that no change of the system's time can disturb, in seconds. */
export function monotonicSeconds(): number {
  return performance.now() / 1000;
}
