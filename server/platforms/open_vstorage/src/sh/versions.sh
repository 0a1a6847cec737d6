# Tells whether these versions are installed, and nothing is half installed.

while [ $# -ge 3 ]; do
    now=$(version_of "$1")
    [ "$now" = "$3" ] || {
        echo "$1 is ${now:-not installed}, $3 is wanted"
        exit 1
    }
    shift 3
done
half=$(half_installed)
[ -z "$half" ] || {
    echo "half installed: $(printf '%s' "$half" | tr '\n' ' ')"
    exit 1
}
echo "all packages are as planned"
