import { describe, expect, it } from "vitest";

import { proveImages } from "../../../src/cluster/node-images.ts";
import { SeenPods } from "../../../src/cluster/seen-pods.ts";

const KNOWN = `sha256:${"a".repeat(64)}`;

function pod(name: string, imageID: string) {
  const status = { containerStatuses: [{ name: "program", image: name, imageID }] };
  return { kind: "Pod", metadata: { uid: `uid-${name}`, name, namespace: "shop" }, spec: {}, status };
}

describe("SeenPods", () => {
  it("knows what a hook ran that is deleted when it has succeeded", () => {
    const seen = new SeenPods();
    seen.add({ items: [pod("migrate", ""), pod("api", KNOWN)] });
    seen.add({ items: [pod("migrate", "sha256:elsewhere"), pod("api", KNOWN)] });
    const proof = proveImages(seen.with({ items: [pod("api", KNOWN)] }), [
      { name: "api", digest: KNOWN, configDigest: "" },
    ]);
    expect(proof).toEqual({
      containers: { shop: 2 },
      strange: [{ object: "Pod shop/migrate, container program", image: "migrate", imageId: "sha256:elsewhere" }],
    });
  });

  it("counts a pod once, and nothing that is no pod", () => {
    const seen = new SeenPods();
    seen.add({ items: [pod("api", KNOWN), { kind: "Job", metadata: { uid: "job", name: "migrate" } }] });
    expect(seen.with({ items: [pod("api", KNOWN)] })).toMatchObject({ items: [{ kind: "Pod" }] });
  });
});
