#!/bin/sh
# Starts coturn on a configuration file and what is this server's own, which that file does not hold:
#
#   sh start.sh turnserver.conf
#
# Into a file and not into arguments, which everybody on the machine can read. The image's own
# entrypoint is passed over: it evaluates its arguments as shell code.
#
#   SKEIN_TURN_SECRET_FILE   file with the secret shared with the signaling server
#   SKEIN_TURN_EXTERNAL_IP   behind a one-to-one NAT, as in most clouds: PUBLIC/PRIVATE; several
#                            (one for each family) with spaces between them. Empty: no NAT
#   SKEIN_TURN_ADDRESS       the only address to listen on and to relay from. Empty: all of them
#   SKEIN_TURN_TLS_PORT      port for TURN over TLS. Empty: none
#   SKEIN_TURN_CERTIFICATES  folder with fullchain.pem and privkey.pem, for TLS
set -eu
# What is written here is for coturn alone.
umask 077

refuse() {
  echo "start.sh: $*" >&2
  exit 1
}

given=${1:?which configuration file?}
secret_file=${SKEIN_TURN_SECRET_FILE:?the file with the secret}
external_ips=${SKEIN_TURN_EXTERNAL_IP:-}
address=${SKEIN_TURN_ADDRESS:-}
tls_port=${SKEIN_TURN_TLS_PORT:-}
certificates=${SKEIN_TURN_CERTIFICATES:-/etc/coturn/certificates}

# A line break would begin an option of its own.
secret=$(cat "$secret_file")
case $secret in
  "") refuse "the secret in $secret_file is empty" ;;
  *[![:graph:]]*) refuse "the secret in $secret_file has spaces, line breaks or control characters" ;;
esac
case $address in
  *[!0-9a-fA-F.:]*) refuse "SKEIN_TURN_ADDRESS is \"$address\"; allowed: one IP address" ;;
esac
case $tls_port in
  *[!0-9]*) refuse "SKEIN_TURN_TLS_PORT is \"$tls_port\"; allowed: a port" ;;
esac

for pair in $external_ips; do
  # With the public address alone coturn refuses to relay to itself, and two people who are both
  # relayed never meet. With both it allows this one private address by itself.
  case $pair in
    *[!0-9a-fA-F.:/]* | */*/* | /* | */) usable=no ;;
    */*) usable=yes ;;
    *) usable=no ;;
  esac
  [ "$usable" = yes ] || refuse "SKEIN_TURN_EXTERNAL_IP is \"$pair\"; allowed: PUBLIC/PRIVATE"
done
if [ -n "$tls_port" ]; then
  for name in fullchain.pem privkey.pem; do
    [ -r "$certificates/$name" ] ||
      refuse "SKEIN_TURN_TLS_PORT is set, but user $(id -u) cannot read $certificates/$name"
  done
fi

configuration=$(mktemp)
if [ -n "$tls_port" ]; then
  # The file switches TLS off, and nothing that follows would switch it on again.
  grep -vx "no-tls" "$given" > "$configuration"
else
  cat "$given" > "$configuration"
fi

{
  # In case the file does not end in a line break.
  echo
  printf "static-auth-secret=%s\n" "$secret"
  for pair in $external_ips; do printf "external-ip=%s\n" "$pair"; done
  if [ -n "$address" ]; then
    printf "listening-ip=%s\nrelay-ip=%s\n" "$address" "$address"
  fi
  if [ -n "$tls_port" ]; then
    printf "tls-listening-port=%s\n" "$tls_port"
    printf "cert=%s\npkey=%s\n" "$certificates/fullchain.pem" "$certificates/privkey.pem"
  fi
} >> "$configuration"

exec turnserver -c "$configuration"
