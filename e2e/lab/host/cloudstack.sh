# What a management host of CloudStack has, besides what every host has. Part of launch.sh.
users='cloud:*:1989:1989::/var/cloudstack/management:/bin/sh'
groups='cloud:x:1989:'
# The last one stands for all of /etc, /usr/bin and /var: their changes are kept in one place.
full_places="/tmp /var/tmp /home/$login /var/lib"

before_mounts() {
    mkdir -p "$etc/cloudstack/management" "$var/log/cloudstack/management"
    install -m 644 "$files/server.properties" "$etc/cloudstack/management/server.properties"
    install -m 640 "$files/db.properties" "$etc/cloudstack/management/db.properties"
    [ "$real_uid" != 0 ] || chgrp 1989 "$etc/cloudstack/management/db.properties"
    cp /usr/bin/sleep "$bin/.lab-sleep"
    install -m 755 "$files"/{sleep,mysql,systemctl,cloudstack-sysvmadm} "$bin"
}

after_mounts() {
    mount --bind "$dir/log" /var/log/cloudstack/management
    # The script looks for its workers' numbers anywhere in the output of ps. Small numbers would be found
    # in every line.
    echo 20000 >/proc/sys/kernel/ns_last_pid
}
