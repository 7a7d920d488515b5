/** A cluster for a person to work with: the service, and access to it by the name that it was started with. */
import { dag, type File, type Service } from "@dagger.io/dagger";

import type { Environment } from "../platform/environments.ts";
import { parseImageLock } from "../platform/image-lock.ts";
import { PipelineError } from "../report/errors.ts";
import { kubeconfigOf, startCluster } from "./k3s.ts";
import { smokeSideLoad } from "./smoke.ts";
import type { SmokeSource } from "./smoke-subject.ts";

/** A name that is no part of a path. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?$/;

/** The name of a cluster cannot be one, or none of that name runs. */
export class ClusterNameError extends PipelineError {
  override readonly name = "ClusterNameError";
  constructor(name: string, problem: string, nextStep: string) {
    super("config", `cluster "${name}": ${problem}`, nextStep);
  }
}

/** Starts a cluster, with the images of an environment where one is given, of one chart or all. */
export async function interactiveCluster(
  given: SmokeSource,
  name: string,
  environment: Environment | undefined,
  chart: string,
): Promise<Service> {
  checkName(name);
  const lock = parseImageLock(await given.lockFile.contents(), "the image lock");
  const images = environment === undefined ? [] : [await smokeSideLoad(given, { environment, chart, force: true })];
  const { service } = await startCluster(lock, { run: name, images });
  return service;
}

/** The kubeconfig of a cluster that runs. Throws ClusterNameError where there is none. */
export async function interactiveKubeconfig(lockFile: File, name: string, server: string): Promise<File> {
  checkName(name);
  const lock = parseImageLock(await lockFile.contents(), "the image lock");
  const text = await kubeconfigOf(lock, name);
  if (text === "")
    throw new ClusterNameError(name, "no cluster of that name runs", "start it with the function cluster");
  const addressed = text.replaceAll(/https:\/\/127\.0\.0\.1:[0-9]+/g, server);
  return dag.directory().withNewFile("kubeconfig", addressed, { permissions: 0o600 }).file("kubeconfig");
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new ClusterNameError(name, "no name for a cluster", "take 1 to 42 lower-case letters, digits and hyphens");
}
