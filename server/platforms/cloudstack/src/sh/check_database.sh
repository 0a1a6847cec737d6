# Tells whether the database takes the login that the script will use.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=0
database_options "$work/options" || found=$?
[ "$found" -ne 3 ] || echo "the password in $properties is encrypted, and none is configured in Drydock" >&2
[ "$found" -eq 0 ] || exit "$found"
mysql --defaults-extra-file="$work/options" -h "$db_host" --user="$db_user" --skip-column-names -U cloud -e 'select 1' \
    >/dev/null
echo "the database on $db_host takes the login of $db_user"
