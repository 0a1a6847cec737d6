# Tells whether the integration API answers. $1: where.

answer=$(curl -sS --max-time 10 "http://$1:8096/?command=listZones&response=json" 2>&1) || {
    printf '%s\n' "$answer"
    exit 1
}
case $answer in
*listzonesresponse*) echo "http://$1:8096 answers" ;;
*)
    echo "http://$1:8096 answers, but not as the integration API does"
    exit 1
    ;;
esac
