# (3.7)
for manager in alba-asdmanager asd-manager; do
    if [ -e "/etc/init/$manager.conf" ] || [ -e "/lib/systemd/system/$manager.service" ]; then
        service "$manager" restart >/dev/null
    fi
done
