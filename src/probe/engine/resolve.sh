h=$1
export LC_ALL=C
has() { command -v "$1" >/dev/null 2>&1; }
# Ends a tool that waits longer for a DNS server than anybody waits for it.
guard() {
  "$@" </dev/null & tool=$!
  ( sleep 4; kill "$tool" ) >/dev/null 2>&1 & watch=$!
  wait "$tool"; end=$?
  kill "$watch" 2>/dev/null
  return "$end"
}
by_python='import socket,sys
for a in socket.getaddrinfo(sys.argv[1],None,0,1): sys.stdout.write(a[4][0]+"\n")'
by=none code=none said=
case $h in
-*) ;;
*)
  if has getent; then
    by=getent; said=$(guard getent ahosts "$h" 2>&1); code=$?
  elif has python3; then
    by=python; said=$(guard python3 -c "$by_python" "$h" 2>&1); code=$?
  elif has python; then
    by=python; said=$(guard python -c "$by_python" "$h" 2>&1); code=$?
  elif has ping; then
    by=ping; said=$(guard ping -c 1 -W 1 "$h" 2>&1); code=$?
  elif has nslookup; then
    by=nslookup; said=$(guard nslookup "$h" 2>&1); code=$?
  fi
  ;;
esac
printf 'akdoctor %s %s\n%s\n' "$by" "$code" "$said"
