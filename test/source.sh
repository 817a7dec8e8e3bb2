# shellcheck shell=bash
# source.sh: PostgreSQL's own sources, for its tests, its valgrind
# suppressions, and servers built with assertions.  Sourced, not run, after
# lib.sh, and before a stage is entered.
#
# PADV_CACHE	where sources and builds are kept for the next time; default
#		/var/cache/perfadvisor for root, else perfadvisor in
#		XDG_CACHE_HOME or ~/.cache
# PGSOURCE	a source tree of PostgreSQL to use instead of Debian's
# PG_CONFIG	the PostgreSQL whose version is wanted

cache_dir() {
	local dir=${PADV_CACHE-}

	if [ -z "$dir" ] && [ "$(id -u)" = 0 ]; then
		dir=/var/cache/perfadvisor
	elif [ -z "$dir" ]; then
		dir=${XDG_CACHE_HOME:-$HOME/.cache}/perfadvisor
	fi
	mkdir -p "$dir" && say "$dir"
}

# "15", "15.20"
major_version() {
	"$1" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
}

minor_version() {
	"$1" --version | awk '{ print $2 }'
}

# The mirrors that apt is set up with: address and suite, a line for each.
mirrors() {
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' \
		2>/dev/null | awk '$3 == "main" { print $1, $2 }' | sort -u
}

# apt with sources of its own: the machine's lists stay as they are.
source_apt() {
	local program=$1 work=$2
	shift 2

	"$program" -q -o Dir::Etc::sourcelist="$work/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$work/lists" \
		-o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Languages=none -o Acquire::Retries=3 \
		-o Acquire::Check-Valid-Until=false "$@"
}

# fetch_source MAJOR MINOR DIRECTORY: Debian's source package, unpacked below
# that directory; of this minor version, else of the newest one to be had.
fetch_source() {
	local major=$1 minor=$2 work=$3 versions version

	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" || return 1
	mirrors | sed 's/^/deb-src /; s/$/ main/' >"$work/sources.list"
	source_apt apt-get "$work" update
	versions=$(source_apt apt-cache "$work" showsrc "postgresql-$major" \
		2>/dev/null | awk '/^Version:/ { print $2 }' | sort -urV)
	for version in $(say "$versions" | grep "^$minor-") $versions; do
		(cd "$work" && source_apt apt-get "$work" source \
			"postgresql-$major=$version") && return 0
	done
	return 1
}

# core_source: prints the folder of the sources for PG_CONFIG; 77 where there
# are none to be had, with the reason in the file descriptor for errors.
core_source() {
	local config major minor cache dir work

	if [ -n "${PGSOURCE-}" ]; then
		say "$PGSOURCE"
		return 0
	fi
	config=$(find_pg_config) && cache=$(cache_dir) || return 77
	major=$(major_version "$config")
	minor=$(minor_version "$config")
	dir=$cache/source-$minor
	if [ ! -e "$dir/src/test/regress/parallel_schedule" ]; then
		bash test/setup.sh dpkg-source >&2 || return 77
		work=$(mktemp -d "$cache/fetch.XXXXXX") || return 77
		if ! fetch_source "$major" "$minor" "$work" >"$cache/source.log" 2>&1 &&
			! { sleep 10 && fetch_source "$major" "$minor" "$work" \
				>>"$cache/source.log" 2>&1; }
		then
			rm -rf "$work"
			tail -n 5 "$cache/source.log" >&2
			say "no sources of PostgreSQL $major could be fetched" >&2
			return 77
		fi
		rm -rf "$dir"
		mv "$work/postgresql-$major"-*/ "$dir"
		rm -rf "$work"
		chmod -R a+rX "$dir"
	fi
	say "$dir"
}

# assert_server: prints the pg_config of a server with assertions, that tells
# valgrind of its memory contexts as well; builds it, which takes some eight
# minutes, unless it is there.
assert_server() {
	local source prefix work log

	source=$(core_source) || return $?
	# with "postgres" in it, PostgreSQL makes no further folder for libraries
	prefix=$(cache_dir)/postgresql-assert-$(basename "$source" | sed 's/^source-//')
	if [ ! -x "$prefix/bin/pg_config" ]; then
		bash test/setup.sh bison flex pkg-config valgrind zlib icu >&2 ||
			return 77
		log=$prefix.log
		work=$(mktemp -d "$prefix.XXXXXX") || return 77
		if ! build_assert_server "$source" "$prefix" "$work" >"$log" 2>&1
		then
			rm -rf "$work"
			tail -n 20 "$log" >&2
			say "a server with assertions could not be built" >&2
			return 1
		fi
		rm -rf "$work"
	fi
	say "$prefix/bin/pg_config"
}

# It gets its name when it is whole.
build_assert_server() {
	local source=$1 prefix=$2 work=$3 make="${MAKE:-make} -s"

	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	(
		cd "$work" &&
			CFLAGS="-O0 -g" \
				CPPFLAGS="-DUSE_VALGRIND" "$source/configure" -q \
				--prefix="$prefix" --enable-cassert --enable-debug \
				--enable-tap-tests --with-icu --without-readline &&
			$make -j "$(nproc 2>/dev/null || echo 2)" world-bin &&
			$make DESTDIR="$work/root" install-world-bin &&
			chmod -R a+rX "$work/root$prefix" &&
			mv "$work/root$prefix" "$prefix"
	)
}
