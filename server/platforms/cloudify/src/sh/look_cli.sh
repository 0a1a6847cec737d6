# Looks at the host on which cfy is run. Its own directory keeps cfy from reading anybody's profile, and from leaving one.

if command -v cfy >/dev/null 2>&1; then
    if dir=$(mktemp -d 2>/dev/null); then
        said=$(CFY_WORKDIR=$dir HOME=$dir cfy --version 2>&1 </dev/null) || :
        rm -rf "$dir"
        version=$(printf '%s\n' "$said" | grep 'Cloudify CLI' | head -n 1)
        if [ -n "$version" ]; then
            fact cfy "$version"
        else
            fact no_cfy "$(printf '%s\n' "$said" | tail -n 1)"
        fi
    else
        fact no_cfy 'no directory could be made for it in /tmp'
    fi
else
    fact no_cfy 'it is not installed, or not on the path'
fi

show_room / /tmp "${HOME-/}"
show_missing cfy curl unzip sha256sum df

printf 'end\n'
