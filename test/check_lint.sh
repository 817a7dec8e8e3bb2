#!/usr/bin/env bash
# check_lint.sh: what compilers and analyzers have to say of the sources.
#
# gcc and clang with warnings as errors, clang-tidy and cppcheck without
# findings of the kinds below, shellcheck where it is installed.  Ends with a
# line "N passed, N failed".
#
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh

# Of what may be wrong rather than of what could look better.  Core's macros
# and its style rule out the others.
TIDY_CHECKS="-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,\
-bugprone-reserved-identifier,-bugprone-narrowing-conversions,\
-bugprone-macro-parentheses,-bugprone-branch-clone,\
-bugprone-implicit-widening-of-multiplication-result,\
-bugprone-assignment-in-if-condition,-bugprone-sizeof-expression,\
-bugprone-suspicious-include,\
-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,\
-clang-analyzer-valist.Uninitialized"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bash test/setup.sh clang clang-tidy cppcheck shellcheck ||
	say "setup: what could not be installed is skipped"
config=$(find_pg_config) || {
	say "0 passed, 1 failed"
	exit 1
}
include=$("$config" --includedir-server)
copy_tree "$work/src"
cd "$work/src" || exit 1

have() {
	command -v "$1" >/dev/null 2>&1 || {
		skip "$1 is not installed"
		return 1
	}
}

# compiled COMPILER FLAG...: all of it, without a warning
compiled() {
	local compiler=$1
	shift

	find . -name '*.o' -exec rm -f {} +
	make -s -j "$(nproc 2>/dev/null || echo 2)" PG_CONFIG="$config" \
		with_llvm=no CC="$compiler" COPT="-Werror $*" all
}

# Flags of gcc's that clang does not know come from the server's own build.
have gcc && holds "gcc, no warning" compiled gcc
have clang && holds "clang, no warning" compiled clang \
	-Wno-unknown-warning-option -Wno-unused-command-line-argument \
	-Wno-ignored-optimization-argument

tidy() {
	# shellcheck disable=SC2046
	clang-tidy --quiet --checks="$TIDY_CHECKS" --warnings-as-errors='*' \
		--system-headers=false "$1" -- -Isrc -isystem "$include" \
		-D_GNU_SOURCE 2>/dev/null
}

if have clang-tidy; then
	for file in src/*.c src/*/*.c; do
		holds "clang-tidy $file" tidy "$file"
	done
fi

analyzed() {
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,portability --suppress=missingInclude \
		--suppress=unknownMacro --suppress=nullPointerRedundantCheck \
		-j "$(nproc 2>/dev/null || echo 2)" -Isrc src
}

have cppcheck && holds "cppcheck" analyzed
if have shellcheck; then
	for file in test/*.sh bench/*.sh .ci/run; do
		holds "shellcheck $file" shellcheck -x -S warning \
			-e SC1091,SC2034,SC2154 "$file"
	done
fi
closing
