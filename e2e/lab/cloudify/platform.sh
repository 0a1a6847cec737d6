# What a manager's machine has, and the host people have their CLI on, besides what every host has. Part of launch.sh.
full_places=/tmp

before_mounts() {
    # Commands of the platform and of its machine: the lab answers.
    mkdir -p "$var/lib/lab"
    install -m 755 "$files/ask" "$var/lib/lab/ask"
    local name
    for name in systemctl who ss yum rpm cfy_manager; do
        ln -s /var/lib/lab/ask "$bin/$name"
    done
    # Where the machine may have its own, before the others in a search path.
    for name in shutdown reboot poweroff halt ss; do
        ln -s /var/lib/lab/ask "$sbin/$name"
    done
    for name in cfy-teardown cfy-bootstrap cfy_teardown; do
        ln -s ask "$var/lib/lab/$name"
    done
    install -m 755 "$files/cfy" "$bin/cfy"
    cp /usr/bin/curl "$bin/.lab-curl"
    install -m 755 "$files/curl" "$bin/curl"
    mkdir -p "$etc/cloudify"
    # The machine's own clock, which a manager up to 4.2 tells the time by.
    printf 'SetEnv TZ=%s\n' "$(cat "$files/timezone")" >>"$etc/ssh/lab_sshd_config"
    [ "$real_uid" != 0 ] || printf 'Defaults env_keep += "TZ"\n' >"$etc/sudoers.d/91-lab"
}

after_mounts() {
    local environment
    environment=$(cat "$files/cfy-environment")
    if [ -n "$environment" ]; then
        mkdir -p "$dir/opt/cfy"
        mount --bind "$environment" "$dir/opt/cfy"
    fi
    mount --rbind "$dir/opt" /opt
    mount --bind "$dir/cloudify" /etc/cloudify
    mount --bind "$dir/share/boot_id" /proc/sys/kernel/random/boot_id
}
