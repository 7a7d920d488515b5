/** Base `k3s`: a one-node cluster of the upstream parts that k3s is made of, behind the command line of k3s. */

import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { hashFolder } from "../cache.ts";
import type { GoProgram } from "../go-program.ts";
import { STAND_IN_HOST } from "../images/images-lock.ts";
import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE, TRAEFIK_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { addOnsLayer } from "./k3s/add-ons.ts";
import { imageOfProgram, installProgram, writeOwnImage } from "./k3s/own-image.ts";
import {
  CONTAINERD_VERSION,
  COREDNS_VERSION,
  KUBERNETES_VERSION,
  METRICS_SERVER_VERSION,
  PAUSE_VERSION,
} from "./k3s/versions.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeTo, writeUsers } from "./tree.ts";

const SOURCE = fileURLToPath(new URL("k3s/program/", import.meta.url));
const PROGRAMS = "usr/local/bin";
/** Where the program looks for the images that it runs itself. */
const BUNDLED_IMAGES = "usr/local/share/k3s/images";

/** What the node calls: runc, the plugins of the pods' network, nftables, and a shell for the start. */
const PACKAGES = [
  "ca-certificates",
  "containernetworking-plugins",
  "coreutils",
  "dash",
  "grep",
  "iptables",
  "libc-bin",
  "mount",
  "nftables",
  "runc",
  "sed",
  "util-linux",
] as const;
const NOT_NEEDED = [...DOCUMENTATION, ...INSTALLATION] as const;

/** Unpacked packages set up no alternatives, and plugins are looked for where CNI has them. */
const LINKS: Readonly<Record<string, string>> = {
  "usr/sbin/iptables": "xtables-nft-multi",
  "usr/sbin/ip6tables": "xtables-nft-multi",
  "usr/sbin/iptables-restore": "xtables-nft-multi",
  "usr/sbin/iptables-save": "xtables-nft-multi",
  "usr/sbin/ip6tables-restore": "xtables-nft-multi",
  "usr/sbin/ip6tables-save": "xtables-nft-multi",
  "opt/cni/bin": "/usr/lib/cni",
};

/** What the node says it runs on. */
const OS_RELEASE = `ID=debian\nPRETTY_NAME="k3s stand-in of Debian ${DEBIAN_SUITE} packages"\n`;

const systemLayer: LayerRecipe = {
  name: "k3s-system",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, links: LINKS, release: OS_RELEASE },
  fill: async ({ debian }, tree) => {
    await debian.tree({ step: "making the k3s-system layer", variant: "extract", packages: PACKAGES }, tree);
    await removeFrom(tree, NOT_NEEDED);
    await writeUsers(tree);
    for (const [place, target] of Object.entries(LINKS)) {
      await mkdir(path.dirname(path.join(tree, place)), { recursive: true });
      await symlink(target, path.join(tree, place));
    }
    await writeTo(tree, "etc/os-release", OS_RELEASE);
    await makeFolder(tree, "tmp", 0o1777);
    await makeFolder(tree, "var/lib/kubelet");
  },
};

/** Images that every start needs: their names in the runtime and the program that each consists of. */
const OWN_IMAGES = [
  { name: `${STAND_IN_HOST}/pause:${PAUSE_VERSION}`, program: "pause" },
  { name: `${STAND_IN_HOST}/coredns:${COREDNS_VERSION}`, program: "coredns" },
] as const;

const NODE_PROGRAMS = ["k3s", "containerd", "containerd-shim-runc-v2"] as const;

/** The source of the programs is one of the layer's inputs. */
function programsLayer(source: string): LayerRecipe {
  return {
    name: "k3s",
    inputs: { source, images: OWN_IMAGES, programs: NODE_PROGRAMS, version: KUBERNETES_VERSION, form: 1 },
    fill: async (tools, tree, scratch) => {
      const programs = path.join(tree, PROGRAMS);
      await makeFolder(tree, PROGRAMS);
      for (const name of NODE_PROGRAMS) await installProgram(tools.making, programOf(name), programs);
      await symlink("k3s", path.join(programs, "kubectl"));
      for (const { name, program } of OWN_IMAGES) {
        const image = imageOfProgram(name, programOf(program), source);
        await writeOwnImage(tools, image, scratch, path.join(tree, BUNDLED_IMAGES, `${program}.tar`));
      }
    },
  };
}

/** Only the program of Kubernetes says what version it is. */
function programOf(name: string): GoProgram {
  const [major = "", minor = ""] = KUBERNETES_VERSION.split(".");
  const version = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  const variables = Object.fromEntries(
    Object.entries(version).map(([key, value]) => [`k8s.io/component-base/version.${key}`, value]),
  );
  return { name, module: { folder: SOURCE }, package: `./cmd/${name}`, ...(name === "k3s" ? { variables } : {}) };
}

/** `k3s server` and `kubectl`, as in the official image. */
export async function k3sBase(): Promise<Base> {
  const parts = [
    `Kubernetes ${KUBERNETES_VERSION}`,
    `containerd ${CONTAINERD_VERSION}`,
    `CoreDNS ${COREDNS_VERSION}`,
    `metrics-server ${METRICS_SERVER_VERSION}`,
    `Traefik ${TRAEFIK_VERSION} and etcd as Go modules`,
  ].join(", ");
  return {
    name: "k3s",
    tag: `v${KUBERNETES_VERSION}`,
    madeFrom: `${parts}, with the Debian ${DEBIAN_SUITE} packages runc and containernetworking-plugins; network policies are enforced by a controller of its own in the place of kube-router's, and nothing serves load balancers`,
    reason: "cluster that the smoke test installs into",
    layers: [systemLayer, programsLayer(await hashFolder(SOURCE, "_test.go")), await addOnsLayer()],
    config: {
      environment: { PATH: "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" },
      entrypoint: ["/usr/local/bin/k3s"],
      command: ["server"],
    },
  };
}
