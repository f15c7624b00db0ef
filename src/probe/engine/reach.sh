h=$1 p=$2
export LC_ALL=C
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY
has() { command -v "$1" >/dev/null 2>&1; }
# Ends a tool that does not end by itself: some wait for an answer that an open port never gives.
guard() {
  "$@" <&0 & tool=$!
  ( sleep 4; kill "$tool" ) >/dev/null 2>&1 & watch=$!
  wait "$tool"; end=$?
  kill "$watch" 2>/dev/null
  return "$end"
}
by_python='import socket,sys;socket.create_connection((sys.argv[1],int(sys.argv[2])),3)'
request='HEAD /-/health/live/ HTTP/1.0\r\n\r\n'
code=none said=
case $h in
-*) ;;
*)
  if has bash && has timeout; then
    said=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$h" "$p" 2>&1); code=$?
    test "$code" -eq 124 -o "$code" -eq 143 && said='timed out'
  elif has python3; then
    said=$(guard python3 -c "$by_python" "$h" "$p" </dev/null 2>&1); code=$?
  elif has python; then
    said=$(guard python -c "$by_python" "$h" "$p" </dev/null 2>&1); code=$?
  elif has nc; then
    said=$(guard nc -z -v -w 3 "$h" "$p" </dev/null 2>&1); code=$?
    case $said in
    # Not every busybox has -z; a request makes most servers end the connection. One that is cut
    # off without a word had been taken.
    *option*)
      said=$(printf "$request" | guard nc -w 3 "$h" "$p" 2>&1 >/dev/null); code=$?
      test "$code" -eq 143 -a -z "$said" && code=0
      ;;
    esac
  elif has curl; then
    said=$(guard curl -v --noproxy '*' --connect-timeout 3 -m 4 -o /dev/null \
      "http://$h:$p/-/health/live/" </dev/null 2>&1); code=$?
  elif has wget && wget --version 2>/dev/null | grep -q GNU; then
    said=$(guard wget -T 3 -t 1 --max-redirect=0 --no-proxy -O /dev/null \
      "http://$h:$p/-/health/live/" </dev/null 2>&1); code=$?
  fi
  ;;
esac
printf 'akdoctor %s\n%s\n' "$code" "$said"
