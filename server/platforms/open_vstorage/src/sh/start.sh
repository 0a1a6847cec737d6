# Starts the unit. What runs with an old program is stopped first: a restart would fail on a stopped unit, and under
# upstart it would keep the old definition (dossier 5.1).

begin() {
    case $manager in
    upstart) start "$unit" ;;
    sysv) service "$unit" start ;;
    systemd) systemctl start "$unit" ;;
    esac
}

state=$(state_of "$unit")
echo "$unit is $state"
if [ "$state" = running ]; then
    why=$(stale "$@")
    [ -n "$why" ] || {
        rm -f "$kept/processes/$unit"
        exit 0
    }
    echo "$why: it is started anew"
    case $manager in
    upstart) stop "$unit" ;;
    sysv) service "$unit" stop ;;
    systemd) systemctl stop "$unit" ;;
    esac
fi
code=0
begin || code=$?
state=$(state_of "$unit")
echo "$unit is $state now"
[ "$state" = running ] || exit "$code"
rm -f "$kept/processes/$unit"
