/** Shell for the start of k3s: the arguments that the machine decides. */

/**
 * Adds to the script's arguments what k3s needs on this machine. Reads own, the folder that the state lies in, and root, where
 * control groups are mounted.
 *
 * - Layers cannot be mounted over layers everywhere; then each image is copied out instead.
 * - The kubelet starts on control groups of version 1 only when it is told to.
 */
export const MACHINE_ARGUMENTS = `layers=$(mktemp -d "$own/probe-XXXXXX")
mkdir "$layers/lower" "$layers/upper" "$layers/work" "$layers/merged"
options="lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work"
if mount -t overlay -o "$options" overlay "$layers/merged" 2> /dev/null; then
  umount "$layers/merged"
  set -- "$@" --snapshotter=overlayfs
else
  set -- "$@" --snapshotter=native
fi
rm -rf "$layers"
if [ ! -f "$root/cgroup.controllers" ]; then set -- "$@" --kubelet-arg=fail-cgroupv1=false; fi
`;
