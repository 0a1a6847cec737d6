# $1: name of the snapshot, $2: address and $3: port of the manager, $4: user, $5: tenant, or nothing before tenants,
# the rest: what cfy is told. CLOUDIFY_PASSWORD comes from outside, and is on no command line.
#
# A profile that is there already would be used as it is, whatever it is told; so each step has a folder of its own.
name=$1 address=$2 port=$3
CLOUDIFY_USERNAME=$4
export CLOUDIFY_USERNAME
tenant=$5
shift 5
umask 077
CFY_WORKDIR=$(mktemp -d "/var/tmp/drydock-cfy-$name.XXXXXX")
export CFY_WORKDIR
trap 'rm -rf "$CFY_WORKDIR"' EXIT
if [ -n "$tenant" ]; then
    CLOUDIFY_TENANT=$tenant
    export CLOUDIFY_TENANT
    cfy profiles use "$address" --rest-port "$port"
else
    cfy use -t "$address" --port "$port"
fi
cfy "$@"
