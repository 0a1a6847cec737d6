# Tells whether the files are there, and nothing is left of an earlier run. $1 …: the files.

for file do
    [ -e "$file" ] || {
        echo "$file is not there"
        exit 1
    }
done
for file in "$kept"/migrated-*; do
    [ ! -e "$file" ] || {
        echo "$file is left from an earlier run"
        exit 1
    }
done
echo "the files are there: $*"
