# $1: name of the snapshot, $2: address and $3: port of the manager, $4: user, $5: tenant, or nothing before tenants,
# $6: SHA-256 of the manager's certificate, or nothing for plain HTTP, the rest: what cfy is told. CLOUDIFY_PASSWORD
# comes from outside, and is on no command line.
#
# A profile that is there already would be used as it is, whatever it is told; so each step has a folder of its own.
name=$1 address=$2 port=$3
CLOUDIFY_USERNAME=$4
export CLOUDIFY_USERNAME
tenant=$5 pinned=$6
shift 6
umask 077
CFY_WORKDIR=$(mktemp -d "/var/tmp/drydock-cfy-$name.XXXXXX")
export CFY_WORKDIR
trap 'rm -rf "$CFY_WORKDIR"' EXIT
# Not every shell does the above when it is ended; and a second signal must not end the tidying up.
trap 'trap "" HUP INT TERM; exit 143' HUP INT TERM
if [ -n "$tenant" ]; then
    CLOUDIFY_TENANT=$tenant
    export CLOUDIFY_TENANT
    if [ -n "$pinned" ]; then
        # The manager shows its certificate; only the one that is pinned is given to cfy, which then trusts no other.
        certificate=$CFY_WORKDIR/manager.pem
        command -v openssl >/dev/null || { echo "openssl is needed here to fetch the manager's certificate" >&2; exit 1; }
        openssl s_client -connect "$address:$port" </dev/null 2>/dev/null | openssl x509 -out "$certificate" 2>/dev/null ||
            { echo "$address:$port shows no certificate" >&2; exit 1; }
        shown=$(openssl x509 -in "$certificate" -noout -fingerprint -sha256)
        shown=$(printf '%s' "${shown#*=}" | tr -d : | tr A-F a-f)
        [ "$shown" = "$pinned" ] ||
            { echo "$address:$port shows the certificate $shown, and $pinned is pinned" >&2; exit 1; }
        cfy profiles use "$address" --rest-port "$port" --ssl --rest-certificate "$certificate"
    else
        cfy profiles use "$address" --rest-port "$port"
    fi
else
    cfy use -t "$address" --port "$port"
fi
cfy "$@"
