#!/bin/bash
# First process of an Open vStorage node: makes the private root, then does nothing until its input ends.
#
# Runs as root in mount, pid, uts and network namespaces of its own. When stdin ends (the lab stopped or
# died) this process ends, and with it, by the rules of pid namespaces, every process of the node and
# every mount.
set -eu

dir=$1 name=$2 init=$3 address=$4

ip link set lo up
# An address on `lo` would be hidden from those who ask for the node's own addresses.
if ip link add eth0 type veth peer name eth0p 2>/dev/null; then
    ip link set eth0p up
    ip link set eth0 up
    ip addr add "$address/24" dev eth0
else
    ip addr add "$address/32" dev lo
fi

# On a tmpfs, because the upper layer of an overlay must not itself be one. It is what `df /var` shows.
room=$dir/room
mkdir "$room"
mount -t tmpfs -o mode=755,size=256m tmpfs "$room"
for place in etc usr var; do
    mkdir -p "$room/$place"/{upper,work}
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$room/$place/upper,workdir=$room/$place/work" "/$place"
done
mount -t tmpfs -o mode=755,size=256m tmpfs /opt
mount -t tmpfs -o mode=755,size=64m tmpfs /mnt
# The machine's packages, units and jobs are not the node's. /usr/share keeps its programs' files.
mkdir -p /var/lib/dpkg /var/lib/apt /var/cache/apt /etc/apt /etc/dpkg /etc/init /usr/lib/systemd/system
for place in /var/lib/dpkg /var/lib/apt /var/cache/apt /var/log /etc/apt /etc/dpkg /etc/init /usr/lib/systemd/system; do
    mount -t tmpfs -o mode=755,size=64m tmpfs "$place"
done
mount -t tmpfs -o mode=755,size=16m tmpfs /run
mkdir -p /run/sshd /run/lock /run/lab /run/ovs-repo
mount --bind "$dir/share" /run/lab
mount --bind "$dir/../repo" /run/ovs-repo
mount -t tmpfs -o mode=700,size=16m tmpfs /root
hostname "$name"

mkdir -p /var/lib/dpkg/{info,updates,triggers,alternatives,parts} /var/lib/apt/lists/partial
mkdir -p /var/cache/apt/archives/partial /etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d}
mkdir -p /var/log/{ovs/volumedriver,upstart,apt,arakoon}
touch /var/lib/dpkg/{status,available}
for place in etc usr opt mnt; do
    cp -a --remove-destination "$dir/tree/$place/." "/$place/"
done
ln -sf python3 /usr/bin/python
ln -sf python3 /usr/bin/python2
case $init in
upstart)
    rm -f /usr/bin/{systemctl,journalctl}
    printf init >/proc/self/comm
    ;;
systemd)
    mkdir -p /run/systemd/system
    printf systemd >/proc/self/comm
    ;;
esac

# Small numbers are easily met by chance.
echo 2000 >/proc/sys/kernel/ns_last_pid
install_packages() {
    cd /run/ovs-repo/pool
    while read -r -a group; do
        dpkg -i "${group[@]}" || return
    done <"$dir/packages"
    apt-get -q update
}
(install_packages) >/var/log/installation.log 2>&1 </dev/null || {
    tail -n 5 /var/log/installation.log >&2
    exit 1
}
mkdir -p /opt/OpenvStorage/run /opt/asd-manager/run /opt/alba-asdmanager/run

# Last, because the lab's own directory may lie below /tmp.
mount -t tmpfs -o mode=1777,size=64m tmpfs /var/tmp
mount -t tmpfs -o mode=1777,size=64m tmpfs /tmp
cd /
echo ready
while read -r _; do :; done
