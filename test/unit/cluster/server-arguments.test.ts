import { describe, expect, it } from "vitest";

import { serverArguments } from "../../../src/cluster/server-arguments.ts";
import { nodeImageName, sideLoadPath } from "../../../src/cluster/side-load.ts";

describe("serverArguments", () => {
  it("leaves out what a test of charts does not need, and hands over in one folder", () => {
    expect(serverArguments("/out")).toMatchInlineSnapshot(`
      [
        "--node-name=slipway",
        "--tls-san=k3s",
        "--https-listen-port=6443",
        "--disable=traefik",
        "--disable=servicelb",
        "--disable=metrics-server",
        "--disable-cloud-controller",
        "--disable-helm-controller",
        "--egress-selector-mode=disabled",
        "--flannel-backend=host-gw",
        "--write-kubeconfig=/out/kubeconfig",
        "--write-kubeconfig-mode=0600",
        "--kubelet-arg=node-status-max-images=-1",
        "--kubelet-arg=eviction-hard=imagefs.available<1%,nodefs.available<1%,memory.available<50Mi",
        "--kubelet-arg=image-gc-high-threshold=100",
        "--kubelet-arg=image-gc-low-threshold=99",
      ]
    `);
  });
});

describe("sideLoadPath", () => {
  it("gives each image a file of its own among those that k3s imports", () => {
    expect(sideLoadPath("registry.example:5000/team/api:sha-1")).toBe(
      "/side-images/registry.example_5000_team_api_sha-1.tar",
    );
  });
});

describe("nodeImageName", () => {
  it.each([
    { name: "cruvero-api:sha-1", shown: "docker.io/library/cruvero-api:sha-1" },
    { name: "team/api", shown: "docker.io/team/api:latest" },
    { name: "registry.example:5000/api:sha-1", shown: "registry.example:5000/api:sha-1" },
  ])("is $shown for $name", ({ name, shown }) => {
    expect(nodeImageName(name)).toBe(shown);
  });
});
