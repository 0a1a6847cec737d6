# $@: units. What is not installed is left out.
down=
for unit in "$@"; do
    systemctl cat "$unit" >/dev/null 2>&1 || continue
    systemctl is-active --quiet "$unit" || down="$down $unit"
done
[ -z "$down" ] || { echo "down:$down"; exit 1; }
echo "all of $* run that are installed"
