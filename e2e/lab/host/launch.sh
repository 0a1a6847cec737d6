#!/bin/bash
# First process of a management host: makes the private root, starts sshd, then does as it is told.
#
# Runs in its own mount, pid and uts namespace. Orders come on stdin, one word per line; every one is
# answered with a line. When stdin ends (the lab stopped or died) this process ends, and with it, by the
# rules of pid namespaces, every process of the host and every mount.
set -eu

dir=$1 name=$2 login=$3

# On a tmpfs, because the upper layer of an overlay must not itself be one.
room=$dir/room
mkdir "$room"
mount -t tmpfs -o mode=755,size=64m tmpfs "$room"
for place in etc usr/bin var home root; do
    layer=$room/${place//\//-}
    mkdir -p "$layer/upper" "$layer/work"
    mount -t overlay overlay \
        -o "lowerdir=/$place,upperdir=$layer/upper,workdir=$layer/work" "/$place"
done
mount -t tmpfs -o mode=755,size=16m tmpfs /run
mkdir -p /run/sshd /run/lab /var/log/cloudstack/management
mount --bind "$dir/share" /run/lab
mount --bind "$dir/log" /var/log/cloudstack/management

# The script looks for its workers' numbers anywhere in the output of ps. Small numbers would be found
# in every line.
echo 20000 >/proc/sys/kernel/ns_last_pid

hostname "$name"
echo "$name" >/etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >/etc/hosts
add_user() {
    echo "$1:x:$2:$2:$1:$3:$4" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
    echo "$1:*:19000:0:99999:7:::" >>/etc/shadow
}
add_user cloud 1989 /var/cloudstack/management /bin/sh
add_user "$login" 1990 "/home/$login" /bin/bash
mkdir -p "/home/$login"
mount -t tmpfs -o "mode=700,size=64m,uid=1990,gid=1990" tmpfs "/home/$login"
mkdir -p /etc/sudoers.d
echo "$login ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/90-lab
chmod 440 /etc/sudoers.d/90-lab

mkdir -p /etc/cloudstack/management
install -m 640 -g cloud "$dir/files/db.properties" /etc/cloudstack/management/db.properties
install -m 644 "$dir/files/server.properties" /etc/cloudstack/management/server.properties
cp /usr/bin/sleep /usr/bin/.lab-sleep
for command in sleep mysql systemctl cloudstack-sysvmadm; do
    # What is there may be a link: the link is replaced, not what it points to.
    rm -f "/usr/bin/$command"
    install -m 755 "$dir/files/$command" "/usr/bin/$command"
done
install -m 600 "$dir/files/host_key" /etc/ssh/lab_host_key
install -m 644 "$dir/files/authorized_keys" /etc/ssh/lab_authorized_keys
install -m 644 "$dir/files/sshd_config" /etc/ssh/lab_sshd_config

# Last, because the lab's own directory may lie below /tmp.
mount -t tmpfs -o mode=1777,size=64m tmpfs /var/tmp
mount -t tmpfs -o mode=1777,size=64m tmpfs /tmp
cd /

/usr/sbin/sshd -D -E /run/lab/sshd.log -f /etc/ssh/lab_sshd_config </dev/null &
echo ready

full_places="/tmp /var/tmp /home/$login"
while read -r order; do
    for place in $full_places; do
        case $order in
        fill)
            room_left=$(df -k --output=avail "$place" | tail -n 1)
            fallocate -l "$((room_left))K" "$place/.lab-ballast" || :
            # The last bytes of the last page.
            head -c 65536 /dev/zero 2>/dev/null >>"$place/.lab-ballast" || :
            ;;
        free) rm -f "$place/.lab-ballast" ;;
        esac
    done 2>/dev/null
    echo "$order done"
done
