#!/bin/sh
# Gives a command a root of its own. Runs as the first process of a new mount and process namespace, where nothing it
# mounts is seen from outside and everything ends with it.
#   enter.sh MADE_ROOT PROGRAMS STATE COMMAND [ARGUMENT...]
# The made root stays as it is: what is written goes to memory, or to the folders of STATE that are bound in.
set -eu
scripts=$(dirname "$0")
made=$1 programs=$2 state=$3
shift 3

mount -t tmpfs -o mode=0755 slipway "$state/mount"
cd "$state/mount"
mkdir made upper work root
mount --bind "$made" made
mount -t overlay -o lowerdir=made,upperdir=upper,workdir=work slipway root
cd root

mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
bind() { mkdir -p "$2"; mount --bind "$1" "$2"; }
bind "$programs" opt/slipway/bin
bind "$scripts" opt/slipway/scripts
bind "$state/config" etc/dagger
bind "$state/logs" var/log/slipway
bind "$state/run" run/slipway
bind "$state/tmp" tmp
bind "$state/engine" var/lib/dagger
bind "$state/registry" var/lib/registry

# Names and authorities are those of the machine. A local resolver on loopback cannot be reached from the engine's
# network, so the servers that it asks are taken where it writes them down.
resolver=/run/systemd/resolve/resolv.conf
if [ ! -f $resolver ]; then resolver=/etc/resolv.conf; fi
cat $resolver >etc/resolv.conf
cat /etc/hosts >etc/hosts
# The engine gives these to every container, and serve.sh adds one: a copy, so that the machine's folder stays as it is.
authorities=usr/local/share/ca-certificates
mkdir -p $authorities
if [ -d "/$authorities" ]; then cp -RL "/$authorities/." $authorities; fi
bundle=etc/ssl/certs/ca-certificates.crt
if [ -f "/$bundle" ]; then cat "/$bundle" >$bundle; fi

# runc changes the root of containers the same way, which the kernel allows below a real root only, not below a chroot.
pivot_root . mnt
# /usr/bin comes before /usr/sbin: the engine puts its choice of iptables there.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin
umount -l /mnt
exec chroot . "$@"
