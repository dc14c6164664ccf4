#!/bin/sh
# Makes the secrets that compose.yaml hands to its containers as files; what is there is left alone.
# The directory is closed to others on this machine; the files in it are readable because containers
# read them as another user.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 0700 secrets
cd secrets
umask 022

random() { od -An -vtx1 -N24 /dev/urandom | tr -d ' \n'; }
make() { [ -s "$1" ] || printf %s "$2" > "$1"; }

for name in database_admin database_user database_item database_cart database_trade database_pay \
    database_auditor erlang_cookie broker_password; do
    make "$name" "$(random)"
done
password=$(cat broker_password)
make broker "amqp://sandglass:$password@rabbitmq:5672/%2f"
make rabbitmq.conf "default_user = sandglass
default_pass = $password
"
