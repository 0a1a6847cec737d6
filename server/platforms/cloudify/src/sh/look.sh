# Looks at a manager's machine: room, people, certificates, files, services. Never prints what is in a file of keys or
# salts. Runs as root.

fact local_time "$(date +%Y-%m-%dT%H:%M:%S)"

# Snapshots are unpacked below /tmp and kept by the file server below /opt/manager.
show_room / /tmp /opt/manager /var/lib

# --- people --------------------------------------------------------------------------------------

who 2>/dev/null | while IFS= read -r words; do
    fact session "$words"
done

# Where our own login comes from, as far as sudo lets it through.
[ -z "${SSH_CONNECTION-}" ] || fact own "${SSH_CONNECTION%% *}"

# Local and remote address of every established connection to REST and the pages. Old ss does not know -H.
if command -v ss >/dev/null 2>&1; then
    fact connections_by ss
    ss -tn state established 2>/dev/null | awk '$1 ~ /^[0-9]+$/ && $3 ~ /:(80|443)$/ { print $3, $4 }'
elif command -v netstat >/dev/null 2>&1; then
    fact connections_by netstat
    netstat -tn 2>/dev/null | awk '$6 == "ESTABLISHED" && $4 ~ /:(80|443)$/ { print $4, $5 }'
fi | while read -r here there; do
    case $here in
    connections_by) fact "$here" "$there" ;;
    *) fact connection "$here" "$there" ;;
    esac
done

# --- certificates and files ----------------------------------------------------------------------

for file in /etc/cloudify/ssl/* /root/cloudify/ssl/* /opt/manager/rest-security.conf /etc/cloudify/config.yaml \
    /tmp/cloudify/snapshot_restoring; do
    [ -f "$file" ] || continue
    fact file "$file" "$(stat -c %a "$file" 2>/dev/null)" "$(stat -c %U:%G "$file" 2>/dev/null)" \
        "$(stat -c %s "$file" 2>/dev/null)"
    case $file in
    *.pem | *.crt) ;;
    *) continue ;;
    esac
    grep -q 'BEGIN CERTIFICATE' "$file" 2>/dev/null || continue
    if ! command -v openssl >/dev/null 2>&1; then
        fact certificate "$file" '' unknown 'openssl is not there'
    elif until=$(openssl x509 -noout -enddate -in "$file" 2>&1); then
        if openssl x509 -noout -checkend 0 -in "$file" >/dev/null 2>&1; then expired=no; else expired=yes; fi
        fact certificate "$file" "${until#notAfter=}" "$expired"
    else
        fact certificate "$file" '' unknown "$until"
    fi
done

# --- services ------------------------------------------------------------------------------------

# A unit that is not there is inactive, too: it is named when it has a file, or runs.
if command -v systemctl >/dev/null 2>&1; then
    for unit in cloudify-restservice cloudify-mgmtworker cloudify-rabbitmq cloudify-riemann cloudify-influxdb \
        cloudify-logstash cloudify-amqp-postgres cloudify-amqpinflux cloudify-stage cloudify-composer cloudify-webui \
        cloudify-api cloudify-execution-scheduler nginx; do
        state=$(systemctl is-active "$unit" 2>/dev/null) || :
        if [ "$state" != active ]; then
            for dir in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
                [ ! -e "$dir/$unit.service" ] || break
            done
            [ -e "$dir/$unit.service" ] || continue
        fi
        fact service "$unit" "${state:-unknown}"
    done
fi

show_missing openssl tar sha256sum stat df systemctl

printf 'end\n'
