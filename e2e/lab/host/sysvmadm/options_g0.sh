
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
system= router= all= network= vpc= help=

usage() {
    cat >&2 <<USAGE
Usage: $(basename "$0") [-d host] [-u user] [-p password] [-m host] [-t threads] [-l file] [-z zone] -s|-r|-a|-n|-v
  -d  database server             -s  stop and start system VMs
  -u  database user               -r  restart routers
  -p  database password           -a  both
  -m  management server           -n  restart networks
  -t  how many at once            -v  restart VPCs
  -l  log file                    -z  only this zone (number)
USAGE
}

clause() {
    printf '%s' "$zoneclause"
}

while getopts sarhnvd:m:u:p:t:l:z: option; do
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
    esac
done
