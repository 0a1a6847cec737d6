# Fetches what will be installed, while everything still runs: afterwards nothing depends on the network.

case $packages in
apt)
    refresh_lists
    words=''
    while [ $# -ge 3 ]; do
        words="$words $1=$3"
        shift 3
    done
    apt_get -d install $words
    ;;
yum)
    words=''
    while [ $# -ge 3 ]; do
        words="$words $1-${3#*:}"
        shift 3
    done
    yum -q makecache
    yum -y --downloadonly update $words
    ;;
esac
