/** Names what a smoke test proves, so that it is found again. */
import { createHash } from "node:crypto";

/** Form of what is tested and recorded; another form is another test. */
const FORM = 1;

/**
 * Names what a smoke test proves: the same images, manifests, cluster, checks and program give the same name.
 *
 * @param proven Everything that a result depends on, as JSON holds it.
 */
export function passKey(proven: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([FORM, proven]))
    .digest("hex");
}
