import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { ForeignImageError, namedImages, proveImages } from "../../../src/cluster/node-images.ts";
import { nodeImageName } from "../../../src/cluster/side-load.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const CONFIG = `sha256:${"c".repeat(64)}`;
const OTHER = `sha256:${"d".repeat(64)}`;

describe("nodeImageName", () => {
  it.each([
    { name: "shop-api", node: "docker.io/library/shop-api:latest" },
    { name: "acme/shop-api:1.0", node: "docker.io/acme/shop-api:1.0" },
    { name: `shop-api@${DIGEST}`, node: `docker.io/library/shop-api@${DIGEST}` },
    { name: `reg.example.com:5000/db:17@${DIGEST}`, node: `reg.example.com:5000/db@${DIGEST}` },
  ])("knows $name as $node", ({ name, node }) => {
    expect(nodeImageName(name)).toBe(node);
  });
});

describe("namedImages", () => {
  it("finds those of workloads, init containers, hooks and tests, each once", () => {
    const render = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      initContainers: [{ name: wait, image: tool }]
      containers: [{ name: api, image: api }, { name: side, image: tool }]
---
apiVersion: v1
kind: Pod
metadata: { name: test, namespace: shop, annotations: { helm.sh/hook: test } }
spec: { containers: [{ name: test, image: tester }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: none }
data: { image: no }
`;
    expect(namedImages(parseManifests(render, "shop (dev)"))).toEqual([
      { name: "tool", by: "Deployment shop/api, init container wait" },
      { name: "api", by: "Deployment shop/api, container api" },
      { name: "tester", by: "Pod shop/test, container test" },
    ]);
  });

  it("an image from elsewhere is refused with who names it", () => {
    expect(new ForeignImageError("shop", [{ name: "tool:1", by: "Pod shop/test, container test" }]).message).toMatch(
      /^\[gate\] shop runs an image that this run did not build[^]*\n {2}tool:1 \(Pod shop\/test, container test\)/,
    );
  });
});

describe("proveImages", () => {
  const pod = (namespace: string, ...ids: string[]) => ({
    metadata: { namespace, name: "p" },
    status: { containerStatuses: ids.map((imageID) => ({ name: "c", image: "i", imageID })) },
  });
  const given = [{ name: `docker.io/library/api@${OTHER}`, digest: DIGEST, configDigest: CONFIG }];

  it("knows an image by its name, its manifest and its configuration", () => {
    const ids = [`docker.io/library/api@${OTHER}`, `docker.io/library/api@${DIGEST}`, CONFIG, ""];
    const items = [pod("shop", ...ids), pod("ingress", CONFIG)];
    expect(proveImages({ items }, given)).toEqual({ containers: { shop: 3, ingress: 1 }, strange: [] });
  });

  it("names a container that ran something else, and leaves out the cluster's own", () => {
    const items = [pod("shop", `docker.io/library/evil@sha256:${"e".repeat(64)}`), pod("kube-system", "sha256:1")];
    expect(proveImages({ items }, given).strange).toEqual([
      {
        object: "Pod shop/p, container c",
        image: "i",
        imageId: `docker.io/library/evil@sha256:${"e".repeat(64)}`,
      },
    ]);
  });

  it("sees init containers and ephemeral ones", () => {
    const status = { name: "c", image: "i", imageID: "sha256:1" };
    const statuses = { initContainerStatuses: [status], ephemeralContainerStatuses: [status] };
    const items = [{ metadata: { namespace: "shop", name: "p" }, status: statuses }];
    expect(proveImages({ items }, given).strange).toHaveLength(2);
  });
});
