# $1: name of the snapshot. What tells this boot from the next one is noted where a reboot leaves it.
file=/var/tmp/drydock-boot-$1
[ -s "$file" ] || cat /proc/sys/kernel/random/boot_id >"$file.new"
[ -s "$file" ] || mv "$file.new" "$file"
cat "$file"
