import { describe, expect, it } from "vitest";

import { missingCapabilities, parseAssignments } from "../../../../embedded/engine/host-facts.ts";

describe("parseAssignments", () => {
  it("reads plain and quoted values and leaves out the rest", () => {
    const content =
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n# a comment\n\nVERSION_CODENAME=bookworm\n';
    expect(parseAssignments(content)).toEqual({
      PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
      ID: "debian",
      VERSION_CODENAME: "bookworm",
    });
  });
});

describe("missingCapabilities", () => {
  it.each([
    { held: "000001ffffffffff", missing: [] },
    { held: "000001fffeffffff", missing: [] },
    { held: "00000000a80425fb", missing: ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"] },
    { held: "0000000000000000", missing: ["CAP_NET_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_ADMIN"] },
  ])("finds $missing missing in $held", ({ held, missing }) => {
    expect(missingCapabilities(`Name:\tnode\nCapEff:\t${held}\nCapBnd:\t${held}\n`)).toEqual(missing);
  });

  it("counts everything as missing when the text says nothing", () => {
    expect(missingCapabilities("")).toHaveLength(3);
  });
});
