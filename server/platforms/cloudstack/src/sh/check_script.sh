# Tells whether the script is the one the plan was made for. $1: its path, $2: its SHA-256.

found=$(sha256sum "$1" | cut -d ' ' -f 1)
echo "$1 has SHA-256 $found"
[ "$found" = "$2" ] || {
    echo "the plan was made for $2: somebody has changed the script since" >&2
    exit 1
}
