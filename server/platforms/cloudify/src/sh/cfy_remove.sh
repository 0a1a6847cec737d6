# $1: name of the snapshot.
rm -rf "/var/tmp/drydock-cfy-$1."*
