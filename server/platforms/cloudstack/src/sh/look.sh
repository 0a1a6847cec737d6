# Looks at a management host and changes nothing. $1: where the integration API would answer.
# Prints one name=value per line; what is not printed was not found.

PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() {
    printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
}

say service "$(systemctl is-active cloudstack-management 2>/dev/null || :)"

for program in awk bash curl cut expr mysql ps sed sha256sum tail; do
    command -v "$program" >/dev/null 2>&1 || say missing "$program"
done

script=$(command -v cloudstack-sysvmadm || :)
if [ -n "$script" ]; then
    say script "$script"
    say sha256 "$(sha256sum "$script" | cut -d ' ' -f 1)"
    ! grep -qF "{'print \$4'}" "$script" || say trait positional
    ! grep -qF vmidsclause "$script" || say trait ids
    ! grep -qF 'ps ax | grep' "$script" || say trait hangs
fi

answer=0
curl -s -o /dev/null --max-time 10 "http://$1:8096/?command=listZones&response=json" || answer=$?
case $answer in
7) say listening no ;;
0 | 28 | 52 | 56) say listening yes ;;
*) say listening "unknown: curl ends with $answer" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=0
database_options "$work/options" 2>"$work/error" || found=$?
case $found in
0)
    if mysql --defaults-extra-file="$work/options" -h "$db_host" --user="$db_user" --skip-column-names \
        -U cloud -e 'select 1' >/dev/null 2>"$work/error"; then
        say database works
        say db_host "$db_host"
        say db_user "$db_user"
    else
        say database "$(grep -v Warning "$work/error" | tail -n 1)"
    fi
    ;;
3) say database encrypted ;;
*) say database "$(tail -n 1 "$work/error")" ;;
esac
