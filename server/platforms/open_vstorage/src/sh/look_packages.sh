# Looks at the packages of one node and changes nothing. Follows look.sh, whose functions it uses.

# Sets: names, the installed packages that are ours.
list_apt() {
    # Status in words: `install ok installed` is what one wants.
    listed=$(dpkg-query -W -f='${Package}\t${Version}\t${Status}\n' 'openvstorage*' alba alba-ee arakoon \
        'volumedriver-*' 'libovsvolumedriver*' 2>/dev/null || :)
    names=''
    while IFS=$tab read -r name version state; do
        case $state in
        *' installed')
            fact package "$name" "$version"
            names="$names $name"
            ;;
        '' | *not-installed | *config-files) ;;
        *) fact broken "$name $version: $state" ;;
        esac
    done <<LISTED
$listed
LISTED
    audit=$(dpkg --audit 2>/dev/null) || :
    [ -z "$audit" ] || printf '%s\n' "$audit" | head -n 20 | while IFS= read -r line; do
        [ -z "$line" ] || fact broken "$line"
    done
}

# Sets: architectures, the options that tell apt which there are: else it asks dpkg itself, twice each time it is asked.
ask_architectures() {
    architectures=''
    for architecture in $(dpkg --print-architecture 2>/dev/null && dpkg --print-foreign-architectures 2>/dev/null); do
        architectures="$architectures -o APT::Architectures::=$architecture"
    done
}

candidates_apt() {
    if ! policy=$(apt-cache $architectures policy $names 2>&1); then
        fact failed "apt-cache policy: ${policy##*"$newline"}"
        return 0
    fi
    policy=$(printf '%s\n' "$policy" | awk '
        /^[^ ].*:$/ { name = substr($0, 1, length($0) - 1); sub(/:.*/, "", name) }
        /^  Installed:/ { installed = $2 }
        /^  Candidate:/ { print name " " installed " " $2 }')
    # Many packages go from the same version to the same: each such pair is compared once.
    compared='' asked=''
    while read -r name installed candidate; do
        case $candidate in
        '' | '(none)') continue ;;
        esac
        pair="$installed $candidate"
        case $compared in
        *"|$pair="*)
            order=${compared##*"|$pair="}
            order=${order%%|*}
            ;;
        *)
            order=newer
            if [ "$installed" = "$candidate" ]; then
                order=same
            elif dpkg --compare-versions "$candidate" lt "$installed"; then
                order=older
            fi
            compared="$compared|$pair=$order|"
            ;;
        esac
        fact candidate "$name" "$candidate" "$order"
        case $name in
        alba | alba-ee | openvstorage-core) asked="$asked $name=$candidate" ;;
        esac
    done <<POLICY
$policy
POLICY
    [ -z "$asked" ] || apt-cache $architectures show $asked 2>/dev/null | awk '
        /^Package: / { name = $2 }
        /^(Pre-)?Depends: / {
            sub(/^[^:]*: /, "")
            count = split($0, need, ",")
            for (at = 1; at <= count; at++) {
                sub(/^ */, "", need[at])
                if (need[at] ~ /^arakoon *\(.*\)/) { sub(/\)[^)]*$/, ")", need[at]); print "needs\t" name "\t" need[at] }
            }
        }' || :
}

# $1: the component. The rest: its installed packages.
simulate() {
    component=$1
    shift
    [ $# -gt 0 ] || return 0
    code=0
    case $packages in
    apt) said=$(apt-get $architectures -s -o Debug::NoLocking=true install "$@" 2>&1) || code=$? ;;
    # With --assumeno yum ends with 1 although it has told everything.
    yum) said=$(limited 120 yum --assumeno update "$@" 2>&1) || code=$? ;;
    esac
    fact simulated "$component" "$code"
    printf '%s\n' "$said" | awk -v component="$component" '
        NR <= 400 { gsub(/\t/, " "); print "would\t" component "\t" $0 }'
}

simulate_all() {
    alba='' storage_driver='' framework=''
    for name in $names; do
        case $name in
        alba | alba-ee | arakoon) alba="$alba $name" ;;
        volumedriver-* | libovsvolumedriver*) storage_driver="$storage_driver $name" ;;
        *) framework="$framework $name" ;;
        esac
    done
    simulate framework $framework
    simulate storage_driver $storage_driver
    simulate alba $alba
}

# Lines such as `??5??????   /opt/OpenvStorage/ovs/lib/update.py`: the third character tells a changed checksum.
differing() {
    case $packages in
    apt) dpkg --verify "$@" 2>/dev/null || : ;;
    yum) rpm -V "$@" 2>/dev/null || : ;;
    esac | sed -n '/\.py[co]$/d; /^..5/p; /^missing/p'
}

# $1: a package.
changed_files() {
    differing "$1" | head -n 100 | while read -r marks first second; do
        kind=file path=$first
        case $first in
        c | d | g | l | r) kind=$first path=$second ;;
        esac
        sum=''
        [ "$marks" = missing ] || sum=$({ sha256sum <"$path"; } 2>/dev/null | cut -d ' ' -f 1)
        fact changed "$1" "$kind" "$sum" "$path" "$(stat -c %s "$path" 2>/dev/null || :)"
    done || :
}

list_yum() {
    listed=$(rpm -qa --qf '%{NAME}\t%{EPOCH}:%{VERSION}-%{RELEASE}\n' 'openvstorage*' alba alba-ee arakoon \
        'volumedriver-*' 'libovsvolumedriver*' 2>/dev/null | sort || :)
    names=''
    while IFS=$tab read -r name version; do
        [ -n "$name" ] || continue
        fact package "$name" "${version#(none):}"
        names="$names $name"
    done <<LISTED
$listed
LISTED
    for file in /var/lib/yum/transaction-all.*; do
        [ ! -e "$file" ] || fact broken "an unfinished transaction of yum: $file"
    done
}

candidates_yum() {
    code=0
    said=$(limited 120 yum -q check-update $names 2>&1) || code=$?
    case $code in
    0 | 100) ;;
    *)
        fact failed "yum check-update: $(printf '%s' "$said" | tail -n 1)"
        return 0
        ;;
    esac
    # Long names and versions come on lines of their own: the fields are counted, not the lines.
    updates=$(printf '%s\n' "$said" | tr '\n' ' ')
    set -- $updates
    while [ $# -ge 3 ]; do
        case " $names " in
        *" ${1%.*} "*)
            fact candidate "${1%.*}" "$2" newer
            shift 3
            ;;
        *) shift ;;
        esac
    done
}

case $packages in
apt)
    list_apt
    ask_architectures
    [ -z "$names" ] || candidates_apt
    stamps='/var/lib/apt/lists /var/lib/apt/lists/partial /var/lib/apt/periodic/update-success-stamp'
    ;;
yum)
    list_yum
    [ -z "$names" ] || candidates_yum
    stamps=$(find /var/cache/yum -name repomd.xml 2>/dev/null || :)
    ;;
*) names='' stamps='' ;;
esac
[ -z "$names" ] || simulate_all
# Usually nothing differs, which one question tells; whose file it is takes one for each package.
if [ -n "$names" ] && [ -n "$(differing $names)" ]; then
    for name in $names; do changed_files "$name"; done
fi
tell_lists_at() {
    set --
    for stamp in $stamps; do
        [ ! -e "$stamp" ] || set -- "$@" "$stamp"
    done
    [ $# -eq 0 ] || stat -c "lists_at$tab%Y" "$@" 2>/dev/null || :
}
tell_lists_at
fact end
