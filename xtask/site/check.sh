# Functions for the scripts with the commands of a page, which `cargo xtask site --check` writes. The caller sets
# PAGE to the path of the page.
set -eu
CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
HOME=$PWD
export CARGO_HOME RUSTUP_HOME HOME
step=setup
servers=

end() {
    code=$?
    stop
    [ "$code" -eq 0 ] || echo "$step: failed with exit code $code" >&2
}
trap end EXIT

# Prints the block with a language and a number on the page.
block() {
    awk -v fence="\`\`\`$1" -v number="$2" '
        /^```/ { is_open = !is_open; shown = is_open && $0 == fence && ++count == number; next }
        shown' "$PAGE"
}

# Starts a server and waits for its first line. Its standard input stays open, as on a terminal.
serve() {
    stop
    rm -f terminal served
    mkfifo terminal
    : > served
    exec 3<> terminal
    "$@" < terminal > served 2> errors 3>&- &
    servers=$!
    tries=0
    until [ -s served ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! kill -0 "$servers"; then
            cat errors >&2
            return 1
        fi
        sleep 0.1
    done
    head -n 1 served
}

# Prints text for a comparison: without white space, and with placeholders for ports and directories.
compared() {
    sed -e "s#$HOME#/home/me#g" -e 's#/tmp/cognito-emulator-[A-Za-z0-9]*#/tmp/DIRECTORY#g' \
        -e 's#:[0-9]\{4,5\}#:PORT#g' -e 's#^ *\.\.\.$##' "$@" | tr -d ' \n'
}

# Checks that the output of a command or server begins with the output on the page. Retries, because a server prints
# more lines after its first one.
prints() {
    expected=$(compared "$1")
    shown=$1
    shift
    tries=0
    until case "$(compared "$@")" in "$expected"*) true ;; *) false ;; esac; do
        tries=$((tries + 1))
        if [ "$tries" -gt 30 ]; then
            echo "the page shows:" >&2
            cat "$shown" >&2
            echo "the command prints:" >&2
            cat "$@" >&2
            return 1
        fi
        sleep 0.1
    done
}

# Runs curl, which fails if the response is an error.
curl() {
    command curl --silent --show-error --fail-with-body "$@"
}

# Ends the servers that the page has started.
stop() {
    for server in $servers; do
        kill "$server" 2> kill-errors || :
        wait "$server" || :
    done
    servers=
}

# Packs the emulator as the archives of a release do.
archive() {
    program=$(command -v cognito-emulator)
    tar czf cognito-emulator-x86_64-unknown-linux-musl.tgz -C "${program%/*}" cognito-emulator
}

# The functions `setup_PAGE` create the files and start the servers that a page requires.

setup_emulator() {
    block toml 2 > seed.toml
    printf '{"Pools": [{"Id": "eu-west-1_Example01", "PoolName": "shop",
        "Clients": [{"ClientId": "1example23456789", "ClientName": "web"}]}]}' > seed.json
}

setup_go() {
    archive
}

setup_java() {
    archive
}

setup_migrating_to_the_emulator() {
    # With the AWS CLI, the commands of the page write the descriptions below from this pool.
    printf '[[Pools]]\nId = "eu-west-1_Example01"\nPoolName = "shop"\n
        LambdaConfig = { PreSignUp = "arn:aws:lambda:eu-west-1:000000000000:function:check" }\n
        [[Pools.Clients]]\nClientId = "1example23456789"\nClientName = "web"\n' > seed.toml
    printf '{"UserPool": {"Id": "eu-west-1_Example01", "Name": "shop", "LambdaConfig": {
        "PreSignUp": "arn:aws:lambda:eu-west-1:000000000000:function:check"}}}' > pool.json
    printf '{"MfaConfiguration": "OFF"}' > mfa.json
    printf '{"Groups": []}' > groups.json
    printf '{"UserPoolClient": {"ClientId": "1example23456789", "ClientName": "web",
        "UserPoolId": "eu-west-1_Example01"}}' > clients.json
    mkdir -p .cognito/db
    printf '{"Clients": {}}' > .cognito/db/clients.json
    printf '{"Options": {"Id": "local_Example1", "Name": "shop"}, "Users": {}}' > .cognito/db/local_Example1.json
}

setup_test_interface() {
    printf '{"Pools": [{"Id": "eu-west-1_Example01", "Clients": [{"ClientId": "1example23456789",
        "ClientName": "web"}]}]}' > seed.json
}

setup_testing() {
    setup_test_interface
}

setup_program() {
    printf '{"Pools": [
        {"Id": "eu-west-1_Ab12Cd34E", "PoolName": "dev", "AutoVerifiedAttributes": ["email"],
         "Schema": [{"Name": "tenant", "AttributeDataType": "String", "Mutable": true}],
         "Clients": [{"ClientId": "1example23456789", "ClientName": "web"}],
         "Groups": [{"GroupName": "staff"}],
         "Users": [{"Username": "carol", "Password": "Correct-horse1", "Groups": ["staff"],
            "Attributes": {"email": "carol@example.com", "email_verified": "true"}}]},
        {"Id": "eu-west-1_Zz98Yy76X", "PoolName": "staging"}]}' > seed.json
    serve cognito-emulator serve --seed-file seed.json
    url=$(head -n 1 served)
    eval "$(cognito-emulator env --url "${url##* }")"
    COGNITO_POOL=eu-west-1_Ab12Cd34E COGNITO_CLIENT=1example23456789
    export COGNITO_POOL COGNITO_CLIENT
    cognito users export users.jsonl
    printf 'email\ncarol@example.com\n' > staff.csv
    printf 'login\ncarol\n' > leavers.csv
}
