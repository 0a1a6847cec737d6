# Functions about packages. $1: apt or yum; $2: yes when packages that nobody has signed may be installed;
# then three words for each package: its name, the version it had, the version it gets.

packages=$1 unsigned=$2
shift 2

# Several packages may be named that cannot be looked up at once; nothing for one that is not installed.
version_of() {
    case $packages in
    apt) dpkg-query -W -f='${Status}=${Version}\n' "$1" 2>/dev/null | sed -n 's/^install ok [a-z-]*=//p' | head -n 1 ;;
    yum) rpm -q --qf '%{EPOCH}:%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | sed -n 's/^(none)://; /^[0-9]/p' | tail -n 1 ;;
    esac
}

# Packages of which an installation was begun and not ended.
half_installed() {
    case $packages in
    apt) dpkg --audit 2>/dev/null | head -n 20 ;;
    yum)
        for file in /var/lib/yum/transaction-all.*; do
            [ ! -e "$file" ] || echo "an unfinished transaction of yum: $file"
        done
        ;;
    esac
}

# Nobody sits at the terminal: nothing asks, and a configuration file that was changed here stays (dossier 5.5).
apt_get() {
    options='-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
    [ "$unsigned" = no ] || options="$options -o APT::Get::AllowUnauthenticated=true"
    DEBIAN_FRONTEND=noninteractive apt-get $options "$@"
}

# Only the list of Open vStorage where it has one of its own.
refresh_lists() {
    list=/etc/apt/sources.list.d/ovsaptrepo.list
    if [ -e "$list" ]; then
        apt-get update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
    else
        apt-get update
    fi
}
