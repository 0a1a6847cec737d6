# $1: name of the snapshot.
[ ! -e "/var/tmp/drydock-boot-$1" ] && [ ! -e "/var/tmp/drydock-boot-$1.new" ] || { echo "the note is there"; exit 1; }
echo "no note of a boot is left"
