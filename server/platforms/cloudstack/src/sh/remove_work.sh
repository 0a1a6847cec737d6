# Removes what a run of the script that was cut short has left behind. $1: its working directory.

case $1 in
/var/lib/drydock-sysvmadm-*) rm -rf -- "$1" ;;
*)
    echo "$1 is not a working directory of Drydock: it is not removed" >&2
    exit 64
    ;;
esac
