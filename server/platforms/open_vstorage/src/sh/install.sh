# Installs exactly these versions, in one transaction. Refuses, before anything is changed, when somebody has installed
# another version since the plan was made, or when a package would be removed.

[ -z "$(half_installed)" ] || {
    echo "an earlier installation was not ended; it is ended first"
    [ "$packages" != apt ] || DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confdef --force-confold
}
words=''
while [ $# -ge 3 ]; do
    now=$(version_of "$1")
    echo "$1: $now is installed, $3 is wanted"
    case $now in
    "$2" | "$3") ;;
    *)
        echo "$1 was $2 when the plan was made: somebody else is at work. Nothing is installed" >&2
        exit 64
        ;;
    esac
    case $packages in
    apt) words="$words $1=$3" ;;
    yum) [ "$now" = "$3" ] || words="$words $1-${3#*:}" ;;
    esac
    shift 3
done
case $packages in
apt)
    would=$(apt_get -s install $words)
    printf '%s\n' "$would" | grep '^Inst ' || :
    if printf '%s\n' "$would" | grep '^Remv '; then
        echo "these packages would be removed. Nothing is installed" >&2
        exit 65
    fi
    apt_get install $words
    ;;
yum)
    # yum update removes nothing but what a package itself obsoletes.
    [ -z "$words" ] || yum -y update $words
    ;;
esac
