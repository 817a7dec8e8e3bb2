#!/usr/bin/env bash
# setup.sh [TOOL...]: install what building and testing need, and the tools
# named, where it is missing.
#
# "company" are the libraries of others that test/t/061_company.pl preloads
# beside perfadvisor, where they are installed.
#
# Does nothing when everything is there.  Otherwise it installs packages on
# Debian and its relatives, as root or through sudo; elsewhere it names what
# is missing.  No database cluster is created or started by it.
#
# PG_CONFIG	the PostgreSQL to use, when it is not the distribution's own
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh

# What the packages of a Debian-like system are called.
packages_for() {
	case $1 in
		make | gcc | perl | valgrind | debootstrap | sqlsmith | bison | flex | \
			pkg-config | clang | clang-tidy | cppcheck | shellcheck) echo "$1" ;;
		headers) echo libc6-dev ;;
		zlib) echo zlib1g-dev ;;
		icu) echo libicu-dev ;;
		dpkg-source) echo dpkg-dev bzip2 xz-utils patch ;;
		prove) echo perl ;;
		IPC::Run) echo libipc-run-perl ;;
		pg_bsd_indent) echo pg-bsd-indent ;;
		PostgreSQL)
			local version
			version=$(postgresql_version) || return 1
			echo "postgresql-$version postgresql-server-dev-$version"
			;;
		company)
			local version
			version=$(postgresql_version) || return 1
			printf "postgresql-$version-%s " hypopg pg-qualstats \
				pg-stat-kcache pg-wait-sampling
			;;
	esac
}

# The version that PG_CONFIG asks for, else the distribution's default.
postgresql_version() {
	local version

	case ${PG_CONFIG-} in
		/usr/lib/postgresql/*/bin/pg_config)
			version=${PG_CONFIG#/usr/lib/postgresql/}
			version=${version%%/*}
			;;
		'')
			version=$(apt-cache show --no-all-versions postgresql \
				2>/dev/null | sed -n 's/^Version: \([0-9]*\).*/\1/p')
			;;
		*) die "PG_CONFIG=$PG_CONFIG has no server and headers to build with" ;;
	esac
	[ -n "$version" ] || die "apt knows of no PostgreSQL"
	[ "$version" -ge 15 ] || die "PostgreSQL 15 or later is needed, and this \
distribution has $version: install one and name its pg_config in PG_CONFIG"
	echo "$version"
}

has_company() {
	local pg_config libdir library

	pg_config=$(find_pg_config) && libdir=$("$pg_config" --pkglibdir) || return 1
	for library in hypopg pg_qualstats pg_stat_kcache pg_wait_sampling; do
		[ -f "$libdir/$library.so" ] || return 1
	done
}

missing() {
	local tool

	for tool in make gcc perl prove "$@"; do
		case $tool in
			zlib) [ -f /usr/include/zlib.h ] ;;
			icu) [ -d /usr/include/unicode ] ;;
			company) has_company ;;
			*) command -v "$tool" >/dev/null 2>&1 ;;
		esac || echo "$tool"
	done
	[ -f /usr/include/stdio.h ] || ! command -v apt-get >/dev/null 2>&1 ||
		echo headers
	perl -MIPC::Run -e 1 >/dev/null 2>&1 || echo IPC::Run
	find_pg_config >/dev/null || echo PostgreSQL
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }
	then
		sudo "$@"
	else
		return 1
	fi
}

# Mirrors fail at times, and somebody else may be installing.
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0 \
		-o=Acquire::Retries=5 -o=DPkg::Lock::Timeout=600 "$@"
}

# three_times COMMAND...: until it succeeds, with some time between
three_times() {
	local try

	for try in 1 2 3; do
		"$@" && return
		[ "$try" = 3 ] || sleep $((try * 10))
	done
	return 1
}

# postgresql-common creates and starts a cluster along with a new version of
# the server, unless its configuration says no.  Where that file does not
# exist yet, one that says so stands in during the installation.
CLUSTER_CONF=/etc/postgresql-common/createcluster.conf

without_cluster() {
	local rc=0 placed=

	if [ ! -e $CLUSTER_CONF ]; then
		as_root mkdir -p "${CLUSTER_CONF%/*}"
		echo 'create_main_cluster = false' |
			as_root tee $CLUSTER_CONF >/dev/null
		placed=1
	fi
	"$@" || rc=$?
	if [ -n "$placed" ]; then
		as_root rm -f $CLUSTER_CONF.ucf-dist
		if [ -f /usr/share/postgresql-common/createcluster.conf ]; then
			as_root cp /usr/share/postgresql-common/createcluster.conf \
				$CLUSTER_CONF
		else
			as_root rm -f $CLUSTER_CONF
			as_root rmdir --ignore-fail-on-non-empty "${CLUSTER_CONF%/*}"
		fi
	fi
	return $rc
}

# Packages of a list that is out of date may be gone: the second time, it is
# renewed before.
renewed_install() {
	apt_get install -y --no-install-recommends "$@" || {
		apt_get update
		return 1
	}
}

install_packages() {
	local log

	log=$(mktemp)
	say "setup: installing $*"
	if ! three_times without_cluster renewed_install "$@" >"$log" 2>&1 </dev/null
	then
		tail -n 20 "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

lacking=$(missing "$@" | sort -u | tr '\n' ' ')
[ -n "$lacking" ] || exit 0

command -v apt-get >/dev/null 2>&1 ||
	die "please install: $lacking(PostgreSQL with its server headers)"
as_root true ||
	die "please install ${lacking}or let root or sudo run this script"

# "PostgreSQL" needs the package lists to know its version.
three_times apt_get update >/dev/null 2>&1 ||
	say "setup: apt-get update failed, going on"
packages=
for item in $lacking; do
	more=$(packages_for "$item") || exit 1
	packages="$packages $more"
done
# shellcheck disable=SC2086
install_packages $packages || die "could not install:$packages"

# Formatting is only checked where its tool is to be had.
command -v pg_bsd_indent >/dev/null 2>&1 ||
	! apt-cache policy pg-bsd-indent 2>/dev/null | grep -q 'Candidate: [0-9]' ||
	install_packages pg-bsd-indent || true

lacking=$(missing "$@" | sort -u | tr '\n' ' ')
[ -z "$lacking" ] || die "still missing after installation: $lacking"
