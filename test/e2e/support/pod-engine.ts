/** An engine that is reached through a pod, as addresses of the form kube-pod:// have it: kubectl, exec, and a relay in the pod. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { dag } from "@dagger.io/dagger";

import type { Cluster } from "../../../src/cluster/k3s.ts";
import { pod } from "./cluster-probe.ts";
import { outsideImage, ROOT } from "./slipway.ts";

const run = promisify(execFile);

/** What a run has printed, and what it has said besides. */
export type Said = { readonly said: string; readonly printed: string };

/** Asks for the versions through `npm start`, with the engine named so; the engine's own variables are those of nobody. */
export async function versionsAt(engine: string, variables: Readonly<Record<string, string>> = {}): Promise<Said> {
  const named = { SLIPWAY_ENGINE: engine, _EXPERIMENTAL_DAGGER_RUNNER_HOST: "" };
  const words = ["embedded/start.mjs", "--", "--images", process.env.SLIPWAY_IMAGES_LOCK ?? "", "versions"];
  const environment = { ...process.env, ...variables, ...named };
  const { stdout, stderr } = await run(process.execPath, words, { cwd: ROOT, env: environment });
  return { said: stderr, printed: stdout };
}

/** Relays connections to this run's engine, from an address of the machine. */
export async function engineRelay(host: string): Promise<{ readonly relay: Server; readonly port: number }> {
  const [, socket = ""] = /^unix:\/\/(.+)$/.exec(process.env._EXPERIMENTAL_DAGGER_RUNNER_HOST ?? "") ?? [];
  const relay = createServer((from) => {
    const to = connect(socket);
    from.pipe(to).pipe(from);
    const endBoth = () => {
      for (const end of [from, to]) end.destroy();
    };
    for (const end of [from, to]) end.on("error", endBoth);
  }).listen(0, host);
  await once(relay, "listening");
  const address = relay.address();
  return { relay, port: typeof address === "object" && address !== null ? address.port : 0 };
}

/** Makes a pod of the cluster stand for one of an engine, and asks for the versions through it. */
export async function versionsThroughPod(cluster: Cluster, name: string): Promise<Said> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-pod-"));
  // The machine's end of the engine's network, which pods reach and nobody else.
  const [host = ""] = Object.entries(networkInterfaces())
    .filter(([link]) => link.startsWith("slipway"))
    .flatMap(([, addresses = []]) => addresses.filter(({ family }) => family === "IPv4"))
    .map(({ address }) => address);
  const { relay, port } = await engineRelay(host);
  const tunnel = await dag
    .host()
    .tunnel(cluster.service, { ports: [{ backend: 6443, frontend: 0 }] })
    .start();
  try {
    await cluster.apply(pod(name, { engine: `${host}:${port}` }));
    await cluster.kubectl("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
    const kubeconfig = path.join(folder, "kubeconfig");
    const api = (await tunnel.endpoint()).replace(/^.*:/, "https://127.0.0.1:");
    await writeFile(kubeconfig, (await cluster.kubeconfig.plaintext()).replaceAll("https://k3s:6443", api), {
      mode: 0o600,
    });
    const kubectl = path.join(folder, "kubectl");
    await (await outsideImage("k3s")).file("/usr/local/bin/k3s").export(kubectl);
    await chmod(kubectl, 0o755);
    const variables = { KUBECONFIG: kubeconfig, PATH: `${folder}:${process.env.PATH ?? ""}` };
    return await versionsAt(`kube-pod://${name}?namespace=default`, variables);
  } finally {
    await tunnel.stop();
    relay.close();
    await rm(folder, { recursive: true });
  }
}
