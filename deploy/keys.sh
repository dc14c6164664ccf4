#!/bin/sh
# Makes the keys of all roles, for processes that share no disk: on several machines, or in Kubernetes.
# Where they do share a directory, each role makes its own at its first start and this is not needed.
#
#   usage: keys.sh DIR [ROLE…]      default: every role; a key that is there is left alone
#
# <role>.key        the private key: for the processes of this role alone, mode 0600
# <role>.pub.json   its public half: for everybody
# fingerprint.key   the same for all processes: tells a repeated request from another one under the same key
set -eu
dir=${1:?usage: keys.sh DIR [ROLE…]}
shift
[ $# -gt 0 ] || set -- gateway user item cart trade pay
umask 077
mkdir -p "$dir"

for role in "$@"; do
    key=$dir/$role.key
    [ -s "$key" ] || openssl genpkey -algorithm ed25519 -out "$key"
    # The key's name is the beginning of its public half, in base64url.
    x=$(openssl pkey -in "$key" -pubout -outform DER | tail -c 32 | base64 | tr '+/' '-_' | tr -d '=\n')
    [ "$role" = user ] && use=users || use=service
    kid=$(printf %.16s "$x")
    printf '{"keys":[{"kid":"%s","issuer":"%s","use":"%s","x":"%s"}]}' "$kid" "$role" "$use" "$x" \
        > "$dir/$role.pub.json"
    chmod 0644 "$dir/$role.pub.json"
done

[ -s "$dir/fingerprint.key" ] || openssl rand -hex 32 | tr -d '\n' > "$dir/fingerprint.key"
