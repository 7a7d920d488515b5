/** Clears away what tests keep in the cache folder and nothing uses any more. */
import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

import { KEPT_DAYS } from "../../embedded/engine/cache.ts";

const DAY_MS = 24 * 3600 * 1000;

/** Removes what is in a folder of kept things and nothing has used for days. */
export function removeUnused(place: string): void {
  for (const name of readdirSync(place)) {
    const kept = path.join(place, name);
    const found = statSync(kept, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > KEPT_DAYS * DAY_MS) {
      rmSync(kept, { recursive: true, force: true });
    }
  }
}
