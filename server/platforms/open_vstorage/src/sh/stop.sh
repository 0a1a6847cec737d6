# Stops the unit, and remembers its process, so that one that outlives it is seen.

state=$(state_of "$unit")
echo "$unit is $state"
case $state in
stopped | failed) exit 0 ;;
esac
# Also what tells a later run that it was Drydock who stopped it.
pid=$(pid_of "$unit")
mkdir -p "$kept/processes"
chmod 0700 "$kept" "$kept/processes"
echo "${pid:-0} $(ticks_of "$pid")" >"$kept/processes/$unit"
code=0
case $manager in
upstart) stop "$unit" || code=$? ;;
sysv) service "$unit" stop || code=$? ;;
systemd) systemctl stop "$unit" || code=$? ;;
esac
state=$(state_of "$unit")
echo "$unit is $state now"
case $state in
# Another one that it follows may have been faster: then the command fails and there is nothing wrong.
stopped | failed) exit 0 ;;
esac
exit "$code"
