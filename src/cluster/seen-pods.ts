/** Remembers pods that come and go, such as those of a hook that is deleted when it has succeeded: they ran images, too. */
import { itemsAt, textAt, valueAt } from "../charts/json.ts";

/** What is remembered of pods, by their uid: the state in which each was seen last. */
export class SeenPods {
  readonly #pods = new Map<string, unknown>();

  /** @param document Objects of a cluster as a list. */
  add(document: unknown): void {
    for (const item of itemsAt(document, "items")) {
      if (textAt(item, "kind") !== "Pod") continue;
      const metadata = { name: textAt(item, "metadata", "name"), namespace: textAt(item, "metadata", "namespace") };
      // Specs and labels of all pods of a long watch would be many.
      const uid = textAt(item, "metadata", "uid");
      this.#pods.set(uid, { kind: "Pod", metadata: { ...metadata, uid }, status: valueAt(item, "status") });
    }
  }

  /** All pods that were ever seen, and those of a last list as that has them. */
  with(document: unknown): unknown {
    this.add(document);
    return { items: [...this.#pods.values()] };
  }
}
