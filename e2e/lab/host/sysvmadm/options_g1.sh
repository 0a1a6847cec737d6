
db=localhost
user=root
password=
ms=localhost
maxthreads=10
logfile=cloud.log
vmtable=vm_instance
zoneclause=
inzone=
withids=
vmidsclause=
system= router= all= network= vpc= help=

usage() {
    cat >&2 <<USAGE
Usage: $(basename "$0") [-d host] [-u user] [-p password] [-m host] [-t threads] [-l file] [-z zone] [-i uuids] [-j table] -s|-r|-a|-n|-v
  -d  database server             -s  stop and start system VMs
  -u  database user               -r  restart routers
  -p  database password           -a  both
  -m  management server           -n  restart networks
  -t  how many at once            -v  restart VPCs
  -l  log file                    -z  only this zone (number)
  -i  only these VMs (UUIDs)      -j  table to look in
USAGE
}

clause() {
    printf '%s' "$zoneclause$vmidsclause"
}

while getopts sarhnvd:m:u:p:t:l:z:i:j: option; do
    case $option in
    s) system=yes ;;
    r) router=yes ;;
    a) all=yes ;;
    n) network=yes ;;
    v) vpc=yes ;;
    h) help=yes ;;
    d) db=$OPTARG ;;
    m) ms=$OPTARG ;;
    u) user=$OPTARG ;;
    p) password=$OPTARG ;;
    t) maxthreads=$OPTARG ;;
    l) logfile=$OPTARG ;;
    z)
        zoneclause=" AND data_center_id=$OPTARG"
        inzone=" in zone id=$OPTARG"
        ;;
    i)
        # Only the first comma is turned into quotes.
        vmidsclause=" AND uuid IN ('${OPTARG/,/\',\'}')"
        withids=" with id=$OPTARG"
        ;;
    j) vmtable=$OPTARG ;;
    esac
done
