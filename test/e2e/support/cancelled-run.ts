/**
 * A process that is killed while it tests. Starts a cluster, whose name is its argument, prints a line when that is there,
 * and installs the small platform in it.
 */
import { dag } from "@dagger.io/dagger";

import { Environment } from "../../../src/index.ts";
import { inEngine, slipway } from "./slipway.ts";
import { smallPlatform } from "./small-platform.ts";

const [name = ""] = process.argv.slice(2);

await inEngine(async () => {
  const module = slipway({ source: smallPlatform() });
  const service = await module.cluster(name, Environment.Dev, "web");
  const access = await (await module.kubeconfig(name, "https://k3s:6443")).contents();
  process.stdout.write("there\n");
  await module.smokeTest(Environment.Dev, "web", true, dag.setSecret(name, access), service);
});
