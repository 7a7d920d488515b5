import { describe, expect, it } from "vitest";

import { type HostFacts, parseHostFacts } from "../../../src/cluster/host-facts.ts";
import { ClusterHostError, hostObstacles, NEEDS, PrivilegeRefusedError } from "../../../src/cluster/preflight.ts";

const OUTPUT = `cgroup-version 2
cgroup-controllers cpuset cpu io memory hugetlb pids
cgroup-writable yes
memory-available-kib 4194304
disk-free-kib 10485760
packet-filter yes
bridge-filter yes
inotify-instances 128
addresses 10.87.0.4 127.0.0.1
`;

/** Facts of a machine that can run a cluster. */
const GOOD: HostFacts = {
  cgroupVersion: 2,
  cgroupControllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"],
  cgroupWritable: true,
  memoryAvailableMiB: 4096,
  diskFreeMiB: 10240,
  packetFilter: true,
  bridgeFilter: true,
  inotifyInstances: 128,
  addresses: ["10.87.0.4", "127.0.0.1"],
};

describe("parseHostFacts", () => {
  it("reads what the script prints", () => {
    expect(parseHostFacts(OUTPUT)).toEqual(GOOD);
  });

  it("takes the worst for a fact that is not there", () => {
    expect(parseHostFacts("disk-free-kib \naddresses\n")).toEqual({
      ...{ cgroupVersion: undefined, cgroupControllers: [], cgroupWritable: false, memoryAvailableMiB: 0 },
      ...{
        diskFreeMiB: 0,
        packetFilter: false,
        bridgeFilter: false,
        inotifyInstances: 0,
        addresses: [],
      },
    });
  });
});

describe("hostObstacles", () => {
  it.each<{ machine: string; facts: Partial<HostFacts> }>([
    { machine: "control groups of version 2", facts: {} },
    {
      machine: "control groups of version 1",
      facts: { cgroupVersion: 1, cgroupControllers: [...NEEDS.controllers[1]] },
    },
    {
      machine: "just enough of everything",
      facts: { memoryAvailableMiB: NEEDS.memoryMiB, diskFreeMiB: NEEDS.diskMiB },
    },
  ])("finds none on a machine with $machine", ({ facts }) => {
    expect(hostObstacles({ ...GOOD, ...facts })).toEqual([]);
  });

  it.each<{ lack: string; facts: Partial<HostFacts> }>([
    { lack: "control groups", facts: { cgroupVersion: undefined, cgroupControllers: [] } },
    { lack: "controllers of version 2", facts: { cgroupControllers: ["cpu", "memory"] } },
    { lack: "all controllers", facts: { cgroupControllers: [] } },
    { lack: "controllers of version 1", facts: { cgroupVersion: 1, cgroupControllers: ["cpu", "memory"] } },
    { lack: "writable control groups", facts: { cgroupWritable: false } },
    { lack: "memory", facts: { memoryAvailableMiB: NEEDS.memoryMiB - 1 } },
    { lack: "disk", facts: { diskFreeMiB: NEEDS.diskMiB - 1 } },
    { lack: "address translation", facts: { packetFilter: false } },
    { lack: "a filter on bridges", facts: { bridgeFilter: false } },
    { lack: "watchers of files", facts: { inotifyInstances: 127 } },
    { lack: "a range of its own", facts: { addresses: ["127.0.0.1", "10.42.3.7"] } },
  ])("names the lack of $lack and what to change", ({ facts }) => {
    const obstacles = hostObstacles({ ...GOOD, ...facts });
    expect(obstacles).toHaveLength(1);
    expect(new ClusterHostError(obstacles).message).toMatchSnapshot();
  });

  it("names everything at once", () => {
    const obstacles = hostObstacles(parseHostFacts(""));
    expect(obstacles.map(({ found }) => found)).toHaveLength(6);
    expect(new ClusterHostError(obstacles).message).toMatchSnapshot();
  });
});

describe("PrivilegeRefusedError", () => {
  it("names the engine's answer and its setting", () => {
    expect(new PrivilegeRefusedError("insecure root capabilities are disabled").message).toMatchSnapshot();
  });
});
