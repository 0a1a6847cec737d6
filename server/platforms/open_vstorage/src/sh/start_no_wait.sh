# Asks for the start of a unit that may wait for ever for others, and does not wait for it (dossier 4.2, 5.3 step 29).

rm -f "$kept/processes/$unit"
state=$(state_of "$unit")
echo "$unit is $state"
case $state in
running | starting) exit 0 ;;
esac
case $manager in
upstart) start --no-wait "$unit" ;;
sysv) service "$unit" start ;;
systemd) systemctl start --no-block "$unit" ;;
esac
