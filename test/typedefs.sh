#!/usr/bin/env bash
# typedefs.sh: renew typedefs.list, which the formatter needs to tell types
# from variables.
#
# The names come from the debugging information of the compiled sources: all
# types that they use, PostgreSQL's and our own.  Names that were on the list
# stay while a source mentions them: other versions have other types.
set -eu
cd "$(dirname "$0")/.."
. test/lib.sh

bash test/setup.sh
PG_CONFIG=$(find_pg_config)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# typedefs FLAG...: of all objects, compiled with these flags
typedefs() {
	rm -rf "$work/src"
	copy_tree "$work/src"
	make -s -k -C "$work/src" PG_CONFIG="$PG_CONFIG" with_llvm=no COPT="-g $*" \
		>"$work/log" 2>&1 || tail -n 5 "$work/log" >&2
	find "$work/src" -name '*.o' -exec objdump --dwarf=info {} + |
		awk '/DW_TAG_typedef/ { t = 1; next }
			t && /DW_AT_name/ { print $NF; t = 0 }' | sort -u
}

# Types that only casts mention are missing from what a compiler keeps.  Of
# the rest, only those in mixed case are taken: "key" or "string" may be a
# type in some header, and is a variable here.
typedefs >"$work/used"
typedefs -fno-eliminate-unused-debug-types | grep '[A-Z]' >"$work/all"
find src -name '*.[ch]' -exec cat {} + |
	grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"$work/words"
# Our own are known by their names.
grep '^Padv[A-Z]' "$work/words" >"$work/own" || true
touch typedefs.list
LC_ALL=C sort -u "$work/used" "$work/all" "$work/own" typedefs.list |
	LC_ALL=C join - <(LC_ALL=C sort "$work/words") >"$work/list"
{
	# here a name for variables
	grep -vx text "$work/list"
	echo bool
} | LC_ALL=C sort -u >typedefs.list
say "typedefs.list: $(wc -l <typedefs.list) names"
