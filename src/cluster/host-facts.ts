/** What a container of the engine may do for a cluster: the script that finds out, and what it found. */

/** Facts about the machine as a privileged container sees it. */
export type HostFacts = {
  /** 1 or 2; nothing where no control groups are mounted. */
  readonly cgroupVersion: 1 | 2 | undefined;
  readonly cgroupControllers: readonly string[];
  /** Whether groups can be made. */
  readonly cgroupWritable: boolean;
  readonly memoryAvailableMiB: number;
  /** Free space where the state of the cluster would be. */
  readonly diskFreeMiB: number;
  /** Whether tables of address translation can be listed. */
  readonly packetFilter: boolean;
  /** Whether what passes a bridge can be filtered. */
  readonly bridgeFilter: boolean;
  /** How many watchers of files one user may have. */
  readonly inotifyInstances: number;
  /** The container's IPv4 addresses. */
  readonly addresses: readonly string[];
};

/** Prints the facts, one \`name value\` in a line. Reads STATE, a folder where the cluster's state would be. */
export const FACTS_SCRIPT = `set -u
root=/sys/fs/cgroup
if [ -f $root/cgroup.controllers ]; then
  echo "cgroup-version 2"
  echo "cgroup-controllers $(cat $root/cgroup.controllers)"
  probe=$root/slipway-probe
else
  names=
  for folder in $root/*/; do
    if [ -f "$folder/cgroup.procs" ]; then folder=\${folder%/}; names="$names \${folder##*/}"; fi
  done
  if [ -n "$names" ]; then echo "cgroup-version 1"; fi
  echo "cgroup-controllers $names"
  probe=$root/memory/slipway-probe
fi
if mkdir "$probe" 2>/dev/null; then rmdir "$probe"; echo "cgroup-writable yes"; fi
while read -r name value unit; do
  if [ "$name" = MemAvailable: ]; then echo "memory-available-kib $value"; fi
done < /proc/meminfo
echo "disk-free-kib $(df -Pk "$STATE" | sed -n '2s/^\\S* *\\S* *\\S* *\\(\\S*\\).*/\\1/p')"
if iptables -t nat -S > /dev/null 2>&1; then echo "packet-filter yes"; fi
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then echo "bridge-filter yes"; fi
echo "inotify-instances $(cat /proc/sys/fs/inotify/max_user_instances)"
echo "addresses $(sed -n 's/^ *|-- \\([0-9.]*\\)$/\\1/p' /proc/net/fib_trie | tr '\\n' ' ')"
`;

/** Reads what the script printed; a fact that is not there is the worst that it can be. */
export function parseHostFacts(output: string): HostFacts {
  const facts = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [name = "", ...value] = line.trim().split(/\s+/);
    facts.set(name, value.join(" "));
  }
  const number = (name: string) => {
    const value = Number(facts.get(name));
    return Number.isFinite(value) ? value : 0;
  };
  const words = (name: string) => (facts.get(name) ?? "").split(" ").filter((word) => word !== "");
  const version = number("cgroup-version");
  return {
    cgroupVersion: version === 1 || version === 2 ? version : undefined,
    cgroupControllers: words("cgroup-controllers"),
    cgroupWritable: facts.get("cgroup-writable") === "yes",
    memoryAvailableMiB: Math.floor(number("memory-available-kib") / 1024),
    diskFreeMiB: Math.floor(number("disk-free-kib") / 1024),
    packetFilter: facts.get("packet-filter") === "yes",
    bridgeFilter: facts.get("bridge-filter") === "yes",
    inotifyInstances: number("inotify-instances"),
    addresses: words("addresses"),
  };
}
