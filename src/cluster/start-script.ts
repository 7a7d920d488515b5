/** The two scripts of a cluster: the one that its service runs, and the one that waits until it is ready. */
import { RESULTS } from "../report/results-folder.ts";
import { MACHINE_ARGUMENTS } from "./machine-arguments.ts";

/** Names and places that both scripts and the edge agree on. */
export const CLUSTER = {
  /** Name of the node; one cluster has one. */
  node: "slipway",
  /** Host name under which clients reach the API. */
  host: "k3s",
  port: 6443,
  /** Name of the one volume that all clusters of an engine keep their state in, each in a folder of its own. */
  volume: "slipway-clusters",
  /** Where that volume is mounted. */
  clusters: "/clusters",
  /** Where k3s has its state: the folder of this cluster. */
  state: "/var/lib/rancher",
  /** Folder of the state for what comes out of the service: kubeconfig, log, time of the start. */
  handOver: "slipway",
  /** Tarballs in this folder are imported before the node starts. */
  images: "/side-images",
} as const;

/**
 * Removes the folders of clusters that have ended without doing it themselves: of a run that was cancelled, the engine
 * kills the service at once. Each living cluster holds a lock on a file beside its folder, which the kernel takes back in
 * any case. Reads CLUSTERS.
 */
const SWEEP = `exec 8> "$CLUSTERS/lock"
flock -x 8
for held in "$CLUSTERS"/*.lock; do
  if [ -e "$held" ] && flock -n "$held" true; then
    mv "\${held%.lock}" "\${held%.lock}.dead" 2> /dev/null || true
    rm -f "$held"
  fi
done
`;

/** Removes what no living cluster owns. Reads CLUSTERS. */
export const SWEEP_SCRIPT = `set -u
${SWEEP}exec 8>&-
rm -rf "$CLUSTERS"/*.dead
`;

/**
 * Runs k3s with the arguments of the script, and those of the machine. Reads CLUSTERS and CLUSTER, the name of this one; needs a shell and what
 * k3s's image has besides.
 *
 * - Control groups of version 2: a group that has processes of its own cannot hand controllers to groups below it, and
 *   k3s moves its processes away only as the first process of a container, which here is the engine's init.
 * - The kubelet's folder lies on the volume, since space for pods is accounted by disk; it is a mount of its own before
 *   mounts are shared, or every mount below it would appear a second time in the volume.
 * - Told to end, or when k3s ends, nothing of the cluster stays. Its processes go first: they are all that this namespace
 *   of processes has. What k3s logged stays when it ended by itself, to be read.
 */
export const SERVE_SCRIPT = `set -eu
own="$CLUSTERS/$CLUSTER"
${SWEEP}exec 9> "$own.lock"
flock -n 9
mkdir -p "$own/k3s/agent/images" "$own/kubelet" "$own/slipway" /var/lib/rancher /var/lib/kubelet
exec 8>&-
exec >> "$own/slipway/log" 2>&1
mount --bind "$own" /var/lib/rancher
mount --bind /var/lib/rancher/kubelet /var/lib/kubelet
# Each tarball in it is a mount of its own.
if [ -d /side-images ]; then mount --rbind /side-images /var/lib/rancher/k3s/agent/images; fi
rm -rf "$CLUSTERS"/*.dead &
mount --make-rshared /
read -r up rest < /proc/uptime
echo "$up" > /var/lib/rancher/slipway/begin

root=/sys/fs/cgroup
${MACHINE_ARGUMENTS}if [ -f $root/cgroup.controllers ]; then
  mkdir -p $root/init
  for try in 1 2 3 4 5; do
    while read -r process; do echo "$process" > $root/init/cgroup.procs 2>/dev/null || true; done < $root/cgroup.procs
    controllers=
    for name in $(cat $root/cgroup.controllers); do controllers="$controllers +$name"; done
    if echo "$controllers" > $root/cgroup.subtree_control 2>/dev/null; then break; fi
  done
fi
# The kubelet reads the kernel's messages for processes that ran out of memory.
if [ ! -e /dev/kmsg ]; then ln -s /dev/null /dev/kmsg; fi

clean() {
  kill -KILL -1 2>/dev/null || true
  umount -l /var/lib/rancher/k3s/agent/images 2>/dev/null || true
  umount -l /var/lib/kubelet 2>/dev/null || true
  # Where the file system tells its disk of every file that goes, each waits for the disk: many go at once.
  for folder in /var/lib/rancher/kubelet/* /var/lib/rancher/k3s/*/* /var/lib/rancher/k3s/agent/containerd/*/*/*; do
    rm -rf "$folder" 2>/dev/null &
  done
  wait
  for try in 1 2 3 4 5; do
    rm -rf /var/lib/rancher/kubelet /var/lib/rancher/k3s 2>/dev/null && break
    sleep 1
  done
}
told() {
  # It is told more than once, and so is what removes.
  trap '' TERM INT
  clean
  rm -rf /var/lib/rancher/slipway
  exit 0
}
trap told TERM INT
k3s server "$@" 9>&- &
status=0
wait $! || status=$?
echo "k3s has ended with exit code $status"
clean
exit 1
`;

/** Labels that the nodes of a real cluster have, and that rules of placement may ask for. Source: Kubernetes, "Well-Known Labels". */
const PLACE = "topology.kubernetes.io/region=region-a topology.kubernetes.io/zone=zone-a";

/** Waits for the kubeconfig and changes its address, which the node itself uses. Reads BOUND (seconds), HAND_OVER and API. */
const TAKE_KUBECONFIG = `now() { read -r up rest < /proc/uptime; echo "$up"; }
began=$(now)
left() { spent=$(now); echo $(( BOUND - \${spent%.*} + \${began%.*} )); }
take_kubeconfig() {
  mkdir -p ${RESULTS}
  until grep -q client-key-data "$HAND_OVER/kubeconfig" 2> /dev/null; do
    [ "$(left)" -gt 0 ] || return 1
    sleep 0.1
  done
  sed "s#https://127.0.0.1:[0-9]*#$API#" "$HAND_OVER/kubeconfig" > ${RESULTS}/kubeconfig
  export KUBECONFIG=${RESULTS}/kubeconfig
}
`;

/**
 * Waits until objects can be made, and leaves the kubeconfig among the results: the API answers, and the default storage class
 * is there, without which a claim is made that waits for nothing. Reads BOUND (seconds), HAND_OVER and API.
 */
export const OPEN_SCRIPT = `set -u
${TAKE_KUBECONFIG}take_kubeconfig || exit 1
until kubectl --request-timeout=5s get storageclasses --output name 2> /dev/null | grep -q .; do
  [ "$(left)" -gt 0 ] || exit 1
  sleep 0.2
done
`;

/**
 * Waits for the kubeconfig, the node, the account that pods run as, the name service and the images that were side-loaded,
 * in this order, and prints a line for each: \`ready <name> <uptime in seconds>\`. When the time is over it prints what there
 * is to see instead. The node gets the labels of a place.
 * Reads BOUND (seconds), NODE, API, HAND_OVER, IMAGES, a name in each line, and IMAGES_WITHIN (seconds after all else).
 * Always ends with 0: what it printed decides.
 */
export const READY_SCRIPT = `set -u
${TAKE_KUBECONFIG}reached() { echo "ready $1 $(now)"; }
ask() { kubectl --request-timeout=10s "$@"; }
until_true() {
  seconds=$(left)
  [ "$seconds" -gt 0 ] && kubectl wait --timeout="\${seconds}s" "$@" > /dev/null 2> /tmp/wait
}
section() { echo "--- $1"; shift; "$@" 2>&1; }
give_up() {
  echo "missing $1"
  section "last wait" cat /tmp/wait
  section nodes ask get nodes -o wide
  section conditions ask describe nodes
  section pods ask get pods -A -o wide
  section events ask get events -A --sort-by=.lastTimestamp
  exit 0
}
echo "begin $(cat "$HAND_OVER/begin" 2> /dev/null || echo "$began")"
: > /tmp/wait
if ! take_kubeconfig; then echo "missing kubeconfig"; exit 0; fi
reached kubeconfig
# A wait ends at once, as failed, where the API does not answer yet.
until until_true --for=create "node/$NODE"; do
  if [ "$(left)" -le 0 ]; then give_up node; fi
  sleep 0.1
done
ask label node "$NODE" --overwrite ${PLACE} > /dev/null 2> /tmp/wait || give_up node
until_true --for=condition=Ready "node/$NODE" || give_up node
reached node
until_true --for=create serviceaccount/default -n default || give_up serviceaccount
reached serviceaccount
until_true --for=create deployment/coredns -n kube-system || give_up dns
until_true --for=condition=Available deployment/coredns -n kube-system || give_up dns
reached dns
# k3s starts without an image whose tarball it could not read.
absent() {
  ask get node "$NODE" -o 'jsonpath={range .status.images[*]}{.names}{end}' > /tmp/images 2> /tmp/wait
  echo "$IMAGES" | while read -r name; do
    if [ -n "$name" ] && ! grep -qF '"'"$name"'"' /tmp/images; then echo "$name"; fi
  done
}
dns=$(now)
while [ -n "$IMAGES" ] && [ -n "$(absent)" ]; do
  spent=$(now)
  if [ "$(left)" -le 0 ] || [ $(( \${spent%.*} - \${dns%.*} )) -ge "$IMAGES_WITHIN" ]; then
    echo "the node does not have: $(absent)" > /tmp/wait
    give_up images
  fi
  sleep 0.2
done
reached images
`;
