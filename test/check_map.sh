#!/usr/bin/env bash
# check_map.sh [--write]: does the list of files in src/README.md say what is
# there?  Each file's line is taken from its own header comment; --write
# renews the list.
set -eu
cd "$(dirname "$0")/../src"

# "### room" and a line for each file below it
list() {
	local file room='' about

	for file in perfadvisor.c */*.[ch]; do
		[ -e "$file" ] || continue
		# a header beside its own .c goes without saying
		case $file in *.h) [ ! -e "${file%.h}.c" ] || continue ;; esac
		if [ "${file%/*}" != "$file" ] && [ "${file%/*}" != "$room" ]; then
			room=${file%/*}
			printf '\n### %s\n\n' "$room"
		fi
		about=$(awk '/^ \*$/ && n++ { exit }
			/^ \*\t  / { sub(/^ \*\t  /, ""); printf "%s%s", s, $0; s = " " }' \
			"$file")
		# shellcheck disable=SC2016
		printf -- '- `%s`: %s\n' "${file##*/}" "${about%.}"
	done
}

work=$(mktemp)
trap 'rm -f "$work"' EXIT
sed '/^## Files$/q' README.md >"$work"
{
	echo
	list
} >>"$work"

if [ "${1-}" = --write ]; then
	cat "$work" >README.md
elif ! diff -u --label src/README.md --label "what is there" README.md "$work"
then
	echo "bash test/check_map.sh --write renews the list"
	exit 1
fi
