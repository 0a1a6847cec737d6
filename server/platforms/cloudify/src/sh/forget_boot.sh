# $1: name of the snapshot.
rm -f "/var/tmp/drydock-boot-$1" "/var/tmp/drydock-boot-$1.new"
