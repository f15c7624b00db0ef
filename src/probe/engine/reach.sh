h=$1 p=$2
export LC_ALL=C
has() { command -v "$1" >/dev/null 2>&1; }
if has bash && has timeout; then
  said=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$h" "$p" 2>&1); code=$?
  test "$code" -eq 124 -o "$code" -eq 143 && said='timed out'
elif has nc; then
  said=$(nc -z -v -w 3 "$h" "$p" </dev/null 2>&1); code=$?
  case $said in
  # Not every busybox has -z; a request makes the server end the connection.
  *option*) said=$(printf 'HEAD /-/health/live/ HTTP/1.0\r\n\r\n' | nc -w 3 "$h" "$p" 2>&1 >/dev/null); code=$? ;;
  esac
elif has curl; then
  said=$(curl -sS -o /dev/null --connect-timeout 3 -m 4 "telnet://$h:$p" </dev/null 2>&1); code=$?
elif has wget; then
  said=$(wget -q -T 3 -O /dev/null "http://$h:$p/-/health/live/" 2>&1); code=$?
elif has python3; then
  said=$(python3 -c 'import socket,sys;socket.create_connection((sys.argv[1],int(sys.argv[2])),3)' "$h" "$p" 2>&1); code=$?
else
  code=none said=
fi
printf 'akdoctor %s\n%s\n' "$code" "$said"
