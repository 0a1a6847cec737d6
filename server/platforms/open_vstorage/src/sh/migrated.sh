# Tells whether a migration has been carried through in this run. $1: extensions or model.
# The step that opens the gate removes what an earlier run has left, and the file is written only after the vendor's
# code has returned: it raises an error for whatever it could not migrate.

[ -e "$kept/migrated-$1" ] || {
    echo "the migration of the $1 has not been carried through"
    exit 1
}
echo "carried through at $(cat "$kept/migrated-$1")"
