#!/usr/bin/env bash
# check_versions.sh [VERSION...]: "make check" on other PostgreSQL versions
# than the system's own, each in a chroot of the Debian suite that carries it.
#
# Counts what "make check" counts there, and ends with a line "N passed, N
# failed".  Where no chroot can be made, for want of rights, of Debian or of
# its mirror, the version is skipped, and the reason told.
#
# Needs root, on Debian, and a mirror in apt's configuration.  A chroot is some
# 700 MB, and takes one to five minutes to make; they are kept for the next
# time.  Nothing stays mounted or running, however this ends: everything
# happens in namespaces of its own.
#
# VERSIONS	which, if there are no arguments; default 17 18 19
# TESTS		as for check.sh
# DEMO		1: also a short run of the demo
# ONLY_MAKE	1: make the chroots, and run nothing
# PADV_CACHE	where chroots are kept; default /var/cache/perfadvisor
# RUN		a command to run in the chroot instead, with the tree as its
#		working directory
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh

# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- ${VERSIONS:-17 18 19}
CACHE=${PADV_CACHE:-/var/cache/perfadvisor}
why=

trap end_ran EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- suites ----

# The suite to start from, and those to take PostgreSQL from.
suites_of() {
	case $1 in
		15) say "bookworm" ;;
		17) say "trixie" ;;
		18) say "sid" ;;
		19) say "sid experimental" ;;
		*) return 1 ;;
	esac
}

# The mirror that apt is set up with.  Not the one of security updates, which
# has these only.
mirror() {
	apt-get indextargets --format '$(SITE) $(COMPONENT)' 2>/dev/null |
		awk '$2 == "main" && $1 !~ /security/ { print $1; exit }' | grep .
}

proxy() {
	apt-config dump 2>/dev/null |
		sed -n 's/^Acquire::http::Proxy "\(..*\)";$/\1/p' | head -n 1
}

possible() {
	why=
	[ "$(id -u)" = 0 ] || why="only root can make a chroot"
	grep -qs '^ID=debian$' /etc/os-release || why="this system is not Debian"
	command -v unshare >/dev/null || why="there is no unshare"
	[ -n "$why" ] || unshare --mount --pid --fork true 2>/dev/null ||
		why="mount namespaces are not allowed here"
	[ -n "$why" ] || mirror >/dev/null || why="apt has no mirror"
	[ -z "$why" ]
}

# ---- chroots ----

# in_chroot DIRECTORY COMMAND...: with /proc, /dev, a /tmp of its own, and this
# tree as /src, read-only.  In a process namespace of its own, all of which
# ends with it.
in_chroot() {
	local dir=$1
	shift

	mkdir -p "$dir/src" || return 1
	# shellcheck disable=SC2016
	SRC=$PWD DIR=$dir exec unshare --mount --propagation private --pid --fork \
		--kill-child bash -c '
			set -e
			mount -t proc proc "$DIR/proc"
			mount --rbind /dev "$DIR/dev"
			mount -t tmpfs -o mode=1777 tmpfs "$DIR/dev/shm"
			mount -t tmpfs -o mode=1777 tmpfs "$DIR/tmp"
			mount --bind "$SRC" "$DIR/src"
			mount -o remount,bind,ro "$DIR/src"
			exec chroot "$DIR" env -i HOME=/root LC_ALL=C TERM=dumb \
				PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' in_chroot "$@"
}

# What apt and dpkg need to know there.
configure_chroot() {
	local dir=$1 suite apt=$1/etc/apt
	shift

	rm -f "$apt"/sources.list.d/*
	for suite in "$@"; do
		say "deb $(mirror) $suite main"
	done >"$apt/sources.list"
	{
		# a mirror may be a copy of some day
		say 'Acquire::Check-Valid-Until "false";'
		say 'Acquire::Retries "3";'
		say 'Acquire::Languages "none";'
		say 'APT::Install-Recommends "false";'
		[ -z "$(proxy)" ] || say "Acquire::http::Proxy \"$(proxy)\";"
	} >"$apt/apt.conf.d/90perfadvisor"
	say force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/perfadvisor"
	printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
	chmod +x "$dir/usr/sbin/policy-rc.d"
	mkdir -p "$dir/etc/postgresql-common"
	say 'create_main_cluster = false' \
		>"$dir/etc/postgresql-common/createcluster.conf"
	cp /etc/resolv.conf /etc/hosts "$dir/etc/" 2>/dev/null
	return 0
}

# From an unstable suite, only what PostgreSQL itself needs.
packages_of() {
	local version=$1 from=

	say make gcc libc6-dev perl libipc-run-perl
	[ $# -eq 2 ] || from=/$3
	say "postgresql-$version$from postgresql-server-dev-$version$from"
	[ -z "$from" ] || say "postgresql-client-$version$from libpq-dev$from libpq5$from"
}

install_chroot() {
	local dir=$1 version=$2 script=/usr/share/debootstrap/scripts/$3 place
	shift 2

	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
	place=$(proxy)
	http_proxy=${place:-${http_proxy-}} debootstrap --variant=minbase \
		--include=ca-certificates "$1" "$dir" "$(mirror)" "$script" ||
		return 1
	configure_chroot "$dir" "$@"
	# shellcheck disable=SC2046
	(in_chroot "$dir" env DEBIAN_FRONTEND=noninteractive sh -c \
		'apt-get -q update && apt-get -q -y install "$@" && apt-get clean' \
		install $(packages_of "$version" "$@"))
}

# make_chroot VERSION: prints where it is.  It gets its name when it is whole.
make_chroot() {
	local version=$1 dir=$CACHE/postgresql-$1 new log suites try
	local started=$SECONDS

	[ ! -e "$dir/usr/lib/postgresql/$version/bin/pg_config" ] || return 0
	suites=$(suites_of "$version") || {
		why="no Debian suite carries PostgreSQL $version"
		return 1
	}
	new=$dir.new.$$
	log=$dir.log
	say "making a chroot of $suites for PostgreSQL $version in $CACHE"
	# a mirror may fail for once
	for try in 1 2; do
		# shellcheck disable=SC2086
		if install_chroot "$new" "$version" $suites >"$log" 2>&1 </dev/null
		then
			rm -rf "$dir"
			mv "$new" "$dir"
			say "made in $((SECONDS - started)) s"
			return 0
		fi
		rm -rf "$new"
		[ $try = 2 ] || sleep 10
	done
	why="a chroot of $suites could not be made: $(grep -aE '^(E|W): ' "$log" |
		tail -n 1)"
	tail -n 15 "$log" | narrow
	return 1
}

# One at a time, as several runs may want the same.
have_chroot() {
	local rc

	mkdir -p "$CACHE" || {
		why="$CACHE cannot be made"
		return 1
	}
	exec 9>"$CACHE/lock"
	flock 9
	make_chroot "$1"
	rc=$?
	exec 9>&-
	return $rc
}

# ---- all of it ----

check_version() {
	local version=$1 dir=$CACHE/postgresql-$1
	shift

	ran "PostgreSQL $version" "${LIMIT:-3000}" \
		bash test/check_versions.sh --in "$version" "$@"
}

# What check_version() runs, to be ended as one.
if [ "${1-}" = --in ]; then
	version=$2
	shift 2
	in_chroot "$CACHE/postgresql-$version" \
		env PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config" \
		TESTS="${TESTS-}" SCALE=0.1 DURATION=4 sh -c 'cd /src && "$@"' in "$@"
fi

if possible; then
	bash test/setup.sh debootstrap || why="debootstrap cannot be installed"
fi
for version in "$@"; do
	if [ -n "$why" ] || ! have_chroot "$version"; then
		skip "PostgreSQL $version: $why"
		case $why in "no Debian suite"* | "a chroot of"*) why= ;; esac
		continue
	fi
	if [ -n "${RUN-}" ]; then
		check_version "$version" bash -c "$RUN"
	elif [ -z "${ONLY_MAKE-}" ]; then
		check_version "$version" bash test/check.sh
		[ -z "${DEMO-}" ] || check_version "$version" bash test/demo.sh
	fi
done
closing
