import { describe, expect, it } from "vitest";

import { chooseNetwork, NoFreeNetworkError, parseRoutes } from "../../../../../embedded/engine/server/network.ts";

const HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const route = (destination: string, mask: string) =>
  `eth0\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`;

describe("parseRoutes", () => {
  it("reads destinations and leaves the default route out", () => {
    const table = HEAD + route("00000000", "00000000") + route("0000570A", "0000FFFF") + route("0101A8C0", "FFFFFFFF");
    expect(parseRoutes(table)).toEqual([
      { address: 0x0a570000, prefix: 16 },
      { address: 0xc0a80101, prefix: 32 },
    ]);
  });

  it("reads an empty table", () => {
    expect(parseRoutes(HEAD)).toEqual([]);
  });
});

describe("chooseNetwork", () => {
  const NAME = "0a1b2c3d";
  const FIRST = {
    link: "slipway0a1b2c3d",
    subnet: "10.213.0.0/30",
    hostAddress: "10.213.0.1",
    engineAddress: "10.213.0.2",
    containers: "10.87.0.0/16",
  };

  it("takes the first of each", () => {
    expect(chooseNetwork([], NAME)).toEqual(FIRST);
  });

  it("goes around ranges that the machine has routes to", () => {
    const routes = [
      { address: 0x0a570000, prefix: 16 },
      { address: 0x0ad50000, prefix: 30 },
      { address: 0x0ad50100, prefix: 30 },
    ];
    expect(chooseNetwork(routes, NAME)).toEqual({
      link: "slipway0a1b2c3d",
      subnet: "10.213.2.0/30",
      hostAddress: "10.213.2.1",
      engineAddress: "10.213.2.2",
      containers: "10.187.0.0/16",
    });
  });

  it("goes to another network when a wide route covers the first", () => {
    expect(chooseNetwork([{ address: 0x0a000000, prefix: 8 }], NAME)).toEqual({
      link: "slipway0a1b2c3d",
      subnet: "172.30.0.0/30",
      hostAddress: "172.30.0.1",
      engineAddress: "172.30.0.2",
      containers: "172.29.0.0/16",
    });
  });

  it("gives up with the ranges that it tried", () => {
    const everything = [
      { address: 0x00000000, prefix: 1 },
      { address: 0x80000000, prefix: 1 },
    ];
    expect(() => chooseNetwork(everything, NAME)).toThrow(NoFreeNetworkError);
  });
});
