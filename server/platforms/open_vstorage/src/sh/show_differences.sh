# Prints what differs between files as they were changed by hand and as they are now. Two words for each: SHA-256 and path.

while [ $# -ge 2 ]; do
    copy=$kept/files/$1/${2##*/}
    if [ -e "$2" ]; then
        diff -u "$copy" "$2" || :
    else
        echo "$2 is gone"
    fi
    shift 2
done
