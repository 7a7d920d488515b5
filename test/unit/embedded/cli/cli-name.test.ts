import { describe, expect, it } from "vitest";

import { cliName } from "../../../../embedded/cli/cli-name.ts";

describe("cliName", () => {
  // The right-hand column is what the dagger command itself makes of these names.
  it.each([
    ["buildAll", "build-all"],
    ["build", "build"],
    ["publishImages", "publish-images"],
    ["ociLayout", "oci-layout"],
    ["buildHTTPServer", "build-httpserver"],
    ["asOCI", "as-oci"],
    ["k3sVersion", "k-3-s-version"],
    ["sha256Sum", "sha-256-sum"],
    ["OCILayout", "ocilayout"],
    ["useTLS", "use-tls"],
    ["build_all", "build-all"],
    ["a1b2", "a-1-b-2"],
    ["imageID", "image-id"],
    ["withURLs", "with-urls"],
    ["x509Cert", "x-509-cert"],
    ["ownSource", "own-source"],
    ["JSONData", "jsondata"],
    ["v2Api", "v-2-api"],
    ["snake_case_name", "snake-case-name"],
  ])("spells %s as %s", (source, expected) => {
    expect(cliName(source)).toBe(expected);
  });
});
