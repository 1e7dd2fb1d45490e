#!/usr/bin/env bash
# A catalogue spread over three servers behind a fourth, all on this machine: answers as of the file, one server killed, brought
# back, answers again; and how long a question takes beside one server alone. Prints a table; exits 1 where something is not so.
# It takes a PostgreSQL with pgvector, postgres_fdw and dblink (SHOESPACE_POSTGRES names it, as for scripts/postgres.sh; the
# one of PyPI has no postgres_fdw).
# Usage: scripts/three_servers.sh [CATALOGUE]
set -euo pipefail
cd "$(dirname "$0")/.."
program=${SHOESPACE:-${CARGO_TARGET_DIR:-target}/debug/shoespace}
catalogue=${1:-data/fashion-mnist-shoes.parquet}
place=$(mktemp -d)
chmod 755 "$place"
servers=(a b c)
trap 'for n in a b c front; do scripts/postgres.sh remove "$place/$n" 2>/dev/null || true; done; rm -rf "$place"' EXIT
bad=0

start() { scripts/postgres.sh start "$place/$1" 2>/dev/null | tail -1; }
front=$(start front)
psql="$(cat "$place/front/home")/bin/psql"
[ -x "$psql" ] || psql=psql
setup="CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE EXTENSION IF NOT EXISTS dblink; CREATE ROLE reader LOGIN PASSWORD 'reads';"
for n in "${servers[@]}"; do
    start "$n" >/dev/null
    # `extensions` lets the servers order by likeness themselves.
    setup+="CREATE SERVER $n FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '$(cat "$place/$n/port")',
        dbname 'postgres', extensions 'vector', connect_timeout '3');
        CREATE USER MAPPING FOR CURRENT_USER SERVER $n OPTIONS (user 'shoespace', password '$(cat "$place/$n/password")');
        CREATE USER MAPPING FOR reader SERVER $n OPTIONS (user 'shoespace', password '$(cat "$place/$n/password")');"
done
"$psql" -q "$front" -c "$setup"

"$program" publish "$catalogue" "$front" --schema one
"$program" publish "$catalogue" "$front" --schema three --over a --over b --over c --reader reader
id=$("$program" inspect "$catalogue" --where 'id~7' --json | sed -n '/"ids"/{n;s/[ ",]//g;p}')
column=$("$program" inspect "$catalogue" --json | sed -n '/"columns": \[/{n;s/[ ",]//g;p}')
questions=(
    "--id $id"
    "--id $id --same $column"
    "--id $id --where $column!="
    "--id $id --weight style=0.2 --weight $column=0.1"
    "--id $id --metric squared-euclidean"
    "--id $id --diversity 0.4 -k 10"
)
seconds() { awk -v a="$1" -v b="$(date +%s%N)" 'BEGIN { printf "%.2f", (b - a) / 1e9 }'; }
answers() {
    local question
    for question in "${questions[@]}"; do
        # shellcheck disable=SC2086
        "$program" recommend "$@" $question --json
    done | sha256sum
}
# What a site asks itself.
lists() { "$psql" -qAt "$1" -c "SELECT * FROM $2.recommend('$id', 50); SELECT id FROM $2.recommend('$id', 9, '{\"$column\": null}')" | sha256sum; }
# compare NAME WANTED COMMAND...
compare() {
    local name=$1 wanted=$2 same=yes began
    shift 2
    began=$(date +%s%N)
    [ "$("$@")" = "$wanted" ] || { same=no; bad=1; }
    printf '%-34s %-6s %8s\n' "$name" "$same" "$(seconds "$began")"
}
printf '%-34s %-6s %8s\n' "${#questions[@]} kinds of questions" equal seconds
began=$(date +%s%N)
wanted=$(answers "$catalogue")
printf '%-34s %-6s %8s\n' "the file, by our own scan" - "$(seconds "$began")"
compare "one server" "$wanted" answers "$front" --schema one
compare "three servers" "$wanted" answers "$front" --schema three
lists_wanted=$(lists "$front" one)
compare "SQL's recommend, one server" "$lists_wanted" lists "$front" one
compare "SQL's recommend, three" "$lists_wanted" lists "$front" three
as_reader=${front/shoespace:$(cat "$place/front/password")/reader:reads}
compare "the same, by somebody who may read" "$lists_wanted" lists "$as_reader" three
[ "$("$program" recommend "$as_reader" --schema three --id "$id" --json)" = "$("$program" recommend "$catalogue" --id "$id" --json)" ] ||
    { echo "somebody who may read is answered otherwise"; bad=1; }

as_owner=(env)
[ "$(id -u)" != 0 ] || as_owner=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp)
"${as_owner[@]}" "$(cat "$place/b/home")/bin/pg_ctl" -D "$place/b/data" -m immediate -w stop >/dev/null
began=$(date +%s%N)
code=0
said=$("$program" recommend "$front" --schema three --id "$id" 2>&1) || code=$?
took=$(seconds "$began")
printf '%-34s exit %d after %s s: %s\n' "one of three killed" "$code" "$took" "$said"
{ [ "$code" = 1 ] && awk -v t="$took" 'BEGIN { exit !(t < 5) }'; } || bad=1
"${as_owner[@]}" "$(cat "$place/b/home")/bin/pg_ctl" -D "$place/b/data" -l "$place/b/log" -w start \
    -o "-p $(cat "$place/b/port") -c listen_addresses=127.0.0.1 -c unix_socket_directories='$place/b/socket'" >/dev/null
compare "brought back" "$wanted" answers "$front" --schema three
"$program" publish "$catalogue" "$front" --schema three --over a --over b
compare "published again, over two" "$wanted" answers "$front" --schema three
"$program" unpublish "$front" --schema three
exit "$bad"
