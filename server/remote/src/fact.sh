# What a look tells: facts, read again by `Fact`. Goes in front of every look.

tab='	'
newline='
'

# Prints one fact: a word and its fields, with tabs between them.
fact() {
    line=$1
    shift
    for field do
        case $field in
        *"$tab"* | *"$newline"*) field=$(printf '%s' "$field" | tr '\t\n' '  ') ;;
        esac
        line=$line$tab$field
    done
    printf '%s\n' "$line"
}
