import { describe, expect, it } from "vitest";

import { parseProtocol, PortSpace } from "../../../../src/charts/network/port-space.ts";

describe("PortSpace", () => {
  const space = new PortSpace([
    { protocol: "TCP", first: 8080, last: 8080 },
    { protocol: "TCP", first: 30_000, last: 32_767 },
    { protocol: "TCP", first: 65_535, last: 65_535 },
    { protocol: "UDP", first: 53, last: 53 },
  ]);

  it("cuts all ports where one is named, and no more", () => {
    expect(space.ranges.map(({ protocol, first, last }) => `${first}-${last}/${protocol}`)).toEqual([
      ...["1-8079/TCP", "8080-8080/TCP", "8081-29999/TCP", "30000-32767/TCP", "32768-65534/TCP", "65535-65535/TCP"],
      ...["1-52/UDP", "53-53/UDP", "54-65535/UDP", "1-65535/SCTP"],
    ]);
  });

  it.each([
    { mask: 0n, written: "no port" },
    { mask: space.all, written: "every port" },
    { mask: space.mask("TCP", 8080, 8080), written: "8080" },
    { mask: space.mask("UDP", 53, 53), written: "53/UDP" },
    { mask: space.mask("TCP", 30_000, 32_767) | space.mask("TCP", 8080, 8080), written: "8080, 30000-32767" },
    { mask: space.mask("TCP"), written: "every TCP port" },
    { mask: space.mask("TCP") | space.mask("UDP", 53, 53), written: "every TCP port, 53/UDP" },
    { mask: space.all & ~space.mask("TCP", 8080, 8080), written: "every port but 8080" },
    { mask: space.mask("TCP", 8080, 29_999), written: "8080-29999" },
  ])("writes a set as $written", ({ mask, written }) => {
    expect(space.format(mask)).toBe(written);
  });
});

describe("parseProtocol", () => {
  it("takes TCP where none is written, and nothing that is no protocol", () => {
    expect([undefined, null, "UDP", "tcp", 6].map(parseProtocol)).toEqual(["TCP", "TCP", "UDP", undefined, undefined]);
  });
});
