# Starts one member of an arakoon cluster anew, and only while the others carry it.
# pause=: the seconds that pass at least before the next one; config=: what arakoon takes after -config.

pause=60 config=''
for word do
    case $word in
    pause=*) pause=${word#pause=} ;;
    config=*) config=${word#config=} ;;
    esac
done
who_is_master() {
    limited 15 arakoon --who-master -config "$config"
}

before=$(who_is_master) || {
    echo "the cluster has no master: $unit is not touched" >&2
    exit 64
}
echo "the master is $before"
case $(state_of "$unit") in
running | starting)
    case $manager in
    upstart) stop "$unit" ;;
    sysv) service "$unit" stop ;;
    systemd) systemctl stop "$unit" ;;
    esac
    ;;
esac
case $manager in
upstart) start "$unit" ;;
sysv) service "$unit" start ;;
systemd) systemctl start "$unit" ;;
esac
echo "$unit is $(state_of "$unit") now; $pause s are waited"
sleep "$pause"
after=$(who_is_master) || {
    echo "the cluster has had no master for $pause s" >&2
    exit 1
}
echo "the master is $after"
