#!/bin/bash
# First process of a management host: makes the private root, starts sshd, then does as it is told.
#
# Runs in its own mount, pid and uts namespace, as root; if the lab has no privileges, as root of a user
# namespace that has no other user. $4 is then the number of the real user, and 0 otherwise.
#
# Orders come on stdin, one word per line; every one is answered with a line. When stdin ends (the lab
# stopped or died) this process ends, and with it, by the rules of pid namespaces, every process of the
# host and every mount.
set -eu

dir=$1 name=$2 login=$3 real_uid=$4 real_gid=$5
files=$dir/files
if [ "$real_uid" = 0 ]; then login_uid=1990 login_gid=1990; else login_uid=$real_uid login_gid=$real_gid; fi

# On a tmpfs, because the upper layer of an overlay must not itself be one.
room=$dir/room
mkdir "$room"
mount -t tmpfs -o mode=755,size=64m tmpfs "$room"

# What is changed is put into the upper layers before they are mounted. Without privileges nothing else
# would do: what belongs to an unknown user can be covered there, but not written.
mkdir -p "$room"/{etc,usr-bin,var}/{upper,work}
etc=$room/etc/upper bin=$room/usr-bin/upper
mkdir -p "$etc"/{ssh,sudoers.d,cloudstack/management} "$room"/var/upper/{lib,log/cloudstack/management}
printf '%s\n' "$name" >"$etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$etc/hosts"
# First, so that the number means this name whoever has it outside.
{
    printf '%s:*:%s:%s::/home/%s:/bin/bash\n' "$login" "$login_uid" "$login_gid" "$login"
    printf 'cloud:*:1989:1989::/var/cloudstack/management:/bin/sh\n'
    cat /etc/passwd
} >"$etc/passwd"
{
    printf '%s:x:%s:\ncloud:x:1989:\n' "$login" "$login_gid"
    cat /etc/group
} >"$etc/group"
install -m 644 "$files/server.properties" "$etc/cloudstack/management/server.properties"
install -m 640 "$files/db.properties" "$etc/cloudstack/management/db.properties"
install -m 600 "$files/host_key" "$etc/ssh/lab_host_key"
install -m 644 "$files/authorized_keys" "$etc/ssh/lab_authorized_keys"
install -m 644 "$files/sshd_config" "$etc/ssh/lab_sshd_config"
cp /usr/bin/sleep "$bin/.lab-sleep"
install -m 755 "$files"/{sleep,mysql,systemctl,cloudstack-sysvmadm} "$bin"
if [ "$real_uid" = 0 ]; then
    options=
    chgrp 1989 "$etc/cloudstack/management/db.properties"
    printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$login" >"$etc/sudoers.d/90-lab"
    chmod 440 "$etc/sudoers.d/90-lab"
else
    options=userxattr,
    # The real one needs a root to become.
    install -m 755 "$files/sudo" "$bin/sudo"
fi
for place in etc usr/bin var; do
    layer=$room/${place//\//-}
    mount -t overlay overlay \
        -o "${options}lowerdir=/$place,upperdir=$layer/upper,workdir=$layer/work" "/$place"
done

mount -t tmpfs -o mode=755,size=16m tmpfs /run
mkdir -p /run/sshd /run/lab
mount --bind "$dir/share" /run/lab
mount --bind "$dir/log" /var/log/cloudstack/management
mount -t tmpfs -o mode=700,size=16m tmpfs /root
mount -t tmpfs -o mode=755,size=64m tmpfs /home
mkdir -m 700 "/home/$login"
[ "$real_uid" != 0 ] || chown "$login_uid:$login_gid" "/home/$login"
hostname "$name"

# The script looks for its workers' numbers anywhere in the output of ps. Small numbers would be found
# in every line.
echo 20000 >/proc/sys/kernel/ns_last_pid

# Last, because the lab's own directory may lie below /tmp.
mount -t tmpfs -o mode=1777,size=192m tmpfs /var/tmp
mount -t tmpfs -o mode=1777,size=192m tmpfs /tmp
cd /

become=
# As root of a namespace without other users sshd would fail to give up its rights. As an ordinary user
# it does not try, and lets in nobody but that user.
[ "$real_uid" = 0 ] || become="unshare --user --map-user=$real_uid --map-group=$real_gid"
$become /usr/sbin/sshd -D -E /run/lab/sshd.log -f /etc/ssh/lab_sshd_config </dev/null &
echo ready

# The last one stands for all of /etc, /usr/bin and /var: their changes are kept in one place.
full_places="/tmp /var/tmp /home/$login /var/lib"
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
