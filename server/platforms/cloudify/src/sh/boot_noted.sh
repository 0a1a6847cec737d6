# $1: name of the snapshot.
file=/var/tmp/drydock-boot-$1
[ -s "$file" ] || { echo "no boot is noted"; exit 1; }
echo "noted is boot $(cat "$file")"
