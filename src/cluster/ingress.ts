/** Installs an ingress controller into a test's cluster and asks through it. Rules are in the files beside. */
import { generateKeyPairSync } from "node:crypto";

import { dag, ReturnType } from "@dagger.io/dagger";

import type { Environment } from "../platform/environments.ts";
import { lastLines } from "../report/engine-failure.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import type { CheckResult } from "./check-run.ts";
import { ask } from "./checks.ts";
import type { Client } from "./client.ts";
import { entryPods, NO_CHART } from "./entry-checks.ts";
import { CONTROLLER, controllerManifests, outsideNamespaces } from "./ingress-manifests.ts";
import type { EnteredRelease, IngressPlan } from "./ingress-plan.ts";
import type { NamedTarball } from "./node-tarball.ts";
import { throwAwayCertificate } from "./throw-away-certificate.ts";
import { type Certificates, secretPlace } from "./throw-away-secrets.ts";

/** Longest time until the controller serves, in seconds. */
const READY_WITHIN_SECONDS = 120;

/** The image of the controller; nothing where checks do not come through one. */
export function controllerImages(plan: IngressPlan): NamedTarball[] {
  if (plan.kind !== "controller") return [];
  return [{ name: plan.image, tarball: dag.container().from(plan.reference).asTarball() }];
}

/** Makes a certificate for every Secret that an entry shows, for all hosts that show it. */
export function entryCertificates(plan: IngressPlan): Certificates {
  const entries = plan.kind === "none" ? [] : plan.entries.filter(({ secret }) => secret !== "");
  const hosts = new Map<string, string[]>();
  for (const { namespace, secret, host } of entries) {
    const place = secretPlace(namespace, secret);
    hosts.set(place, [...(hosts.get(place) ?? []), host]);
  }
  const made = [...hosts].map(([place, names], index) => {
    const keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    return [place, throwAwayCertificate(names, keys, new Date(), index + 1)] as const;
  });
  return new Map(made);
}

/** Puts the controller into the cluster, without waiting for it. */
export async function installController(client: Client, plan: IngressPlan): Promise<void> {
  if (plan.kind === "none") return;
  await client.apply(outsideNamespaces(plan.place));
  if (plan.kind === "controller") await client.apply(controllerManifests(plan.place, plan.entries, plan.image));
}

/** Runs the checks of all releases that come from outside. A controller that does not serve is one that does not hold. */
export async function askFromOutside(
  client: Client,
  plan: IngressPlan,
  releases: readonly EnteredRelease[],
  environment: Environment,
  certificates: Certificates,
): Promise<CheckResult[]> {
  if (plan.kind === "none") return [];
  const controller = plan.kind === "controller" ? await awaitController(client, plan.place.namespace) : [];
  if (controller.some(({ ok }) => !ok)) return controller;
  const trusted = [...certificates.values()].map(({ certificate }) => certificate).join("");
  const pods = entryPods(plan, releases, environment, trusted);
  const asked = await Promise.all(pods.map(({ chart, pod }) => ask(client, chart, pod)));
  return [...controller, ...asked.flat()];
}

async function awaitController(client: Client, namespace: string): Promise<CheckResult[]> {
  const began = monotonicSeconds();
  const place = [`deployment/${CONTROLLER}`, "--namespace", namespace];
  const wait = ["kubectl", "rollout", "status", ...place, `--timeout=${READY_WITHIN_SECONDS}s`];
  const waited = client.client().withExec(wait, { expect: ReturnType.Any });
  const ok = (await waited.exitCode()) === 0;
  const said = ok ? undefined : await client.tryKubectl("logs", ...place, "--tail=10");
  const reason = ok
    ? ""
    : lastLines(`${await waited.stderr()}\n${said?.stdout ?? ""}${said?.stderr ?? ""}`, 12).join("\n");
  const name = "the ingress controller serves";
  return [{ chart: NO_CHART, name, ok, reason, seconds: monotonicSeconds() - began }];
}
