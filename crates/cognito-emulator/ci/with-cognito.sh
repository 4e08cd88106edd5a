#!/bin/sh
# Runs a command with an emulator of Amazon Cognito, which ends with this script, even if the script
# is killed.
#
# Usage: with-cognito.sh SEED_FILE COMMAND [ARGUMENT...]
set -eu

if [ $# -lt 2 ]; then
    echo "Usage: with-cognito.sh SEED_FILE COMMAND [ARGUMENT...]" >&2
    exit 2
fi
seed_file=$1
shift
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The emulator ends when the pipe "alive" has no writer left; this shell is the only one.
mkfifo "$directory/alive" "$directory/ready"
exec 3<> "$directory/alive"
cognito-emulator serve --exit-with-stdin --seed-file "$seed_file" \
    < "$directory/alive" > "$directory/ready" 3>&- &
read -r line < "$directory/ready" # cognito-emulator is ready at http://127.0.0.1:40123
variables=$(cognito-emulator env --url "${line##* }") # separate, because eval ignores a failure
eval "$variables"
"$@" 3>&-
