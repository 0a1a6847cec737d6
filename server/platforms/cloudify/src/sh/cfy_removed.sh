# $1: name of the snapshot.
for left in "/var/tmp/drydock-cfy-$1."*; do
    [ ! -e "$left" ] || { echo "$left is there"; exit 1; }
done
echo "no folder of cfy is left"
