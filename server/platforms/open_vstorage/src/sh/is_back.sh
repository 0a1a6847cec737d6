# Tells whether files are as they were changed by hand. Two words for each: SHA-256 and path.

while [ $# -ge 2 ]; do
    now=$(sha256sum 2>/dev/null <"$2" | cut -d ' ' -f 1) || now=''
    [ "$now" = "$1" ] || {
        echo "$2 is not as it was"
        exit 1
    }
    shift 2
done
echo "all of them are as they were"
