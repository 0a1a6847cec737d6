# Tells whether nobody uses the volumes of this node: no guest runs, no file below the mounts is open. $1 …: the mounts.

busy=''
if command -v virsh >/dev/null 2>&1; then
    if guests=$(limited 30 virsh list --name 2>/dev/null); then
        guests=$(printf '%s\n' "$guests" | sed '/^$/d' | tr '\n' ' ')
    else
        guests=$(cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(qemu|kvm)' | sort | uniq -c | tr '\n' ' ' || :)
    fi
    [ -z "$guests" ] || busy="guests run: $guests"
fi
for mount do
    users=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v mount="$mount" '
        /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
        { at = index($0, " -> ") }
        at && (substr($0, at + 4) == mount || index(substr($0, at + 4), mount "/") == 1) { print pid }' | sort -u)
    ! command -v lsof >/dev/null 2>&1 ||
        users="$users $(limited 20 lsof -t +f -- "$mount" 2>/dev/null | tr '\n' ' ' || :)"
    users=$(printf '%s' "$users" | tr -cs 0-9 ' ' | sed 's/^ *//; s/ *$//')
    [ -z "$users" ] || busy="$busy; files below $mount are open in process $users"
done
[ -z "$busy" ] || {
    echo "${busy#; }"
    exit 1
}
echo "no guest runs and no file of a volume is open"
