# $1: name of the snapshot.
noted=$(cat "/var/tmp/drydock-boot-$1")
now=$(cat /proc/sys/kernel/random/boot_id)
[ "$noted" != "$now" ] || { echo "it still runs as before, boot $now"; exit 1; }
echo "it has booted anew: $now, before $noted"
