# Tells whether the working directory $1 is gone.

if [ -e "$1" ]; then
    echo "$1 is still there"
    exit 1
fi
echo "$1 is gone"
