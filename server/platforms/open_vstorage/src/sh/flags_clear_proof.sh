# Tells whether the files are gone. $1 …: the files.

for file do
    [ ! -e "$file" ] || {
        echo "$file is still there"
        exit 1
    }
done
echo "gone: $*"
