# Tells whether the copies are there and whole. Two words for each: SHA-256 and path.

while [ $# -ge 2 ]; do
    is_kept "$1" "$2" || {
        echo "$2 is not kept yet"
        exit 1
    }
    shift 2
done
echo "all copies are there, below $kept/files"
