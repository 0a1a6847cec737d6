# First process of a host: gives it a name, a boot id and a /var/tmp of its own, starts sshd, then does as it is told.
#
# Runs in its own mount, pid and uts namespace. When standard input ends (a reboot, or the test died) this process ends,
# and with it, by the rules of pid namespaces, every process of the host and every mount. What is in /var/tmp stays.
set -eu

dir=$1 name=$2 uid=$3 gid=$4
mount --bind "$dir/boot_id" /proc/sys/kernel/random/boot_id
mount --bind "$dir/var-tmp" /var/tmp
mount -t tmpfs -o mode=755,size=1m tmpfs /run
mkdir /run/sshd
hostname "$name"
# What somebody keeps for the shells of this machine does not concern the host, and must not be cut off with it.
case $dir in
"$HOME"/*) ;;
*) mount -t tmpfs -o mode=700,size=1m tmpfs "$HOME" ;;
esac

# As root of a namespace without other users sshd would fail to give up its rights; as an ordinary user it does not try.
become=
[ "$uid" = 0 ] || become="unshare --user --map-user=$uid --map-group=$gid"

start() {
    $become /usr/sbin/sshd -D -E "$dir/sshd.log" -f "$dir/sshd_config" </dev/null >/dev/null 2>&1 &
    sshd=$!
}

start
while read -r order; do
    case $order in
    # Sessions go on without it, as they do where only the unit's main process is ended.
    stop-sshd)
        kill "$sshd" || :
        wait "$sshd" || :
        ;;
    start-sshd) start ;;
    esac
done
