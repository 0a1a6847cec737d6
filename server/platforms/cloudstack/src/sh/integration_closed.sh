# Tells whether nobody listens on port 8096. $1: where. Only a refused connection is proof.

code=0
curl -s -o /dev/null --max-time 10 "http://$1:8096/" || code=$?
case $code in
7) echo "http://$1:8096 refuses connections" ;;
*)
    echo "http://$1:8096 does not refuse connections (curl ends with $code)"
    exit 1
    ;;
esac
