# Opens the gate of the packages and shows the update as under way (dossier 3.1). $1 …: the files.
# What an earlier run has written down about its migrations is of the past now.

mkdir -p "$kept"
chmod 0700 "$kept"
rm -f "$kept"/migrated-*
for file do
    touch "$file"
done
ls -l "$@"
