#!/bin/bash
# First process of a host: makes the private root, starts sshd, then does as it is told.
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
mkdir -p "$room"/{etc,usr-bin,usr-sbin,var}/{upper,work}
etc=$room/etc/upper bin=$room/usr-bin/upper sbin=$room/usr-sbin/upper var=$room/var/upper

# What the host has of its platform: its users and groups, which places a full disk fills, and what is to be done
# before the overlays are mounted, and after.
users= groups= full_places=
before_mounts() { :; }
after_mounts() { :; }
. "$files/platform.sh"

# What is changed is put into the upper layers before they are mounted. Without privileges nothing else
# would do: what belongs to an unknown user can be covered there, but not written.
mkdir -p "$etc"/{ssh,sudoers.d} "$var"/{lib,log}
printf '%s\n' "$name" >"$etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$etc/hosts"
# First, so that the number means this name whoever has it outside.
{
    printf '%s:*:%s:%s::/home/%s:/bin/bash\n' "$login" "$login_uid" "$login_gid" "$login"
    [ -z "$users" ] || printf '%s\n' "$users"
    cat /etc/passwd
} >"$etc/passwd"
{
    printf '%s:x:%s:\n' "$login" "$login_gid"
    [ -z "$groups" ] || printf '%s\n' "$groups"
    cat /etc/group
} >"$etc/group"
install -m 600 "$files/host_key" "$etc/ssh/lab_host_key"
install -m 644 "$files/authorized_keys" "$etc/ssh/lab_authorized_keys"
install -m 644 "$files/sshd_config" "$etc/ssh/lab_sshd_config"
if [ "$real_uid" = 0 ]; then
    options=
    printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$login" >"$etc/sudoers.d/90-lab"
    chmod 440 "$etc/sudoers.d/90-lab"
else
    options=userxattr,
    # The real one needs a root to become.
    install -m 755 "$files/sudo" "$bin/sudo"
fi
before_mounts
for place in etc usr/bin usr/sbin var; do
    layer=$room/${place//\//-}
    mount -t overlay overlay \
        -o "${options}lowerdir=/$place,upperdir=$layer/upper,workdir=$layer/work" "/$place"
done

mount -t tmpfs -o mode=755,size=16m tmpfs /run
mkdir -p /run/sshd /run/lab
mount --bind "$dir/share" /run/lab
after_mounts
mount -t tmpfs -o mode=700,size=16m tmpfs /root
mount -t tmpfs -o mode=755,size=64m tmpfs /home
mkdir -m 700 "/home/$login"
[ "$real_uid" != 0 ] || chown "$login_uid:$login_gid" "/home/$login"
hostname "$name"

# Last, because the lab's own directory may lie below /tmp.
mount -t tmpfs -o mode=1777,size=192m tmpfs /var/tmp
mount -t tmpfs -o mode=1777,size=192m tmpfs /tmp
cd /

become=
# As root of a namespace without other users sshd would fail to give up its rights. As an ordinary user
# it does not try, and lets in nobody but that user.
[ "$real_uid" = 0 ] || become="unshare --user --map-user=$real_uid --map-group=$real_gid"
start_sshd() {
    $become /usr/sbin/sshd -D -E /run/lab/sshd.log -f /etc/ssh/lab_sshd_config </dev/null &
}
start_sshd
echo ready

while read -r order; do
    case $order in
    fill)
        for place in $full_places; do
            room_left=$(df -k --output=avail "$place" | tail -n 1)
            fallocate -l "$((room_left))K" "$place/.lab-ballast" || :
            # The last bytes of the last page.
            head -c 65536 /dev/zero 2>/dev/null >>"$place/.lab-ballast" || :
        done 2>/dev/null
        ;;
    free)
        for place in $full_places; do
            rm -f "$place/.lab-ballast"
        done
        ;;
    # Every process but this one, and what a boot empties.
    down)
        kill -KILL -1 2>/dev/null || :
        wait
        find /run -xdev -mindepth 1 -not -path '/run/lab*' -not -path /run/sshd -delete
        ;;
    up) start_sshd ;;
    esac
    echo "$order done"
done
