#!/usr/bin/env bash
# stage.sh COMMAND [ARGUMENT...]: run a script of this tree on a stage.
#
# The stage is a temporary folder with a copy of this tree, built, and a
# private copy of the PostgreSQL server in which the build is installed.  A
# server finds its libraries and extensions by the place of its executable,
# so that nothing needs to be installed into the system, and any user can do
# this.  PostgreSQL refuses to run as root: for root, everything on the stage
# belongs to, and runs as, an unprivileged user.
#
# COMMAND is run with the copy as its working directory, and finds
#	PADV_STAGE	the stage; servers, results and sockets go below it
#	PGBIN		the private server's programs, first in PATH as well
#	PG_CONFIG	the private server's pg_config
#	PGXS_DIR	where pg_regress and the Perl modules for tests are
#	TMPDIR		short enough for sockets
# What it leaves in $PADV_STAGE/keep is copied to the folder named in
# PADV_KEEP, if any.  At the end, however it comes, all servers below the
# stage are stopped and the stage is removed.
#
# PG_CONFIG	the PostgreSQL to use
# PADV_COPT	further compiler flags
# PADV_LAUNCH	a command that the server is run by, as "env LD_PRELOAD=..."
# Exit status: the command's, or 3 when there is nothing to run it on.
set -u
cd "$(dirname "$0")/.." || exit 3
. test/lib.sh

PROGRAMS="clusterdb createdb createuser dropdb dropuser initdb oid2name \
pg_amcheck pg_archivecleanup pg_basebackup pg_checksums pg_combinebackup \
pg_config pg_controldata pg_createsubscriber pg_ctl pg_dump pg_dumpall \
pg_isready pg_receivewal pg_recvlogical pg_resetwal pg_restore pg_rewind \
pg_test_fsync pg_test_timing pg_upgrade pg_verifybackup pg_waldump \
pg_walsummary pgbench postgres psql reindexdb vacuumdb vacuumlo"

stage=
child=
user=

# ---- the user ----

choose_user() {
	[ "$(id -u)" = 0 ] || return 0
	if id postgres >/dev/null 2>&1; then user=postgres; else user=nobody; fi
}

as_user() {
	if [ -z "$user" ]; then
		"$@"
	elif command -v setpriv >/dev/null 2>&1; then
		setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" \
			--init-groups -- "$@"
	else
		runuser -u "$user" -- "$@"
	fi
}

# ---- the folder ----

# The first of some places where that user may run programs, with a name that
# leaves room for sockets, whose paths are limited to some 100 bytes.
make_stage() {
	local place

	for place in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
		[ ${#place} -le 40 ] || continue
		stage=$(mktemp -d "$place/padv.XXXXXX" 2>/dev/null) || continue
		mkdir "$stage/tmp" "$stage/keep"
		cp -L "$(command -v env)" "$stage/tmp/probe"
		[ -z "$user" ] || chown -R "$user:$(id -g "$user")" "$stage"
		if as_user "$stage/tmp/probe" touch "$stage/tmp/mine" 2>/dev/null
		then
			rm -f "$stage/tmp/probe" "$stage/tmp/mine"
			return
		fi
		rm -rf "$stage"
	done
	stage=
	die "found no temporary folder that a server could run from"
}

# ---- the server ----

link_contents() {
	local from=$1 to=$2 file

	mkdir -p "$to"
	for file in "$from"/*; do
		case ${file##*/} in
			perfadvisor* | extension) ;;
			*) ln -s "$file" "$to/" ;;
		esac
	done
}

# A program is found by its real path, so these must be copies; what it then
# looks for beside itself may be links.
copy_server() {
	local root=$stage/root bindir sharedir pkglibdir include program

	bindir=$("$PG_CONFIG" --bindir)
	sharedir=$("$PG_CONFIG" --sharedir)
	pkglibdir=$("$PG_CONFIG" --pkglibdir)
	include=$("$PG_CONFIG" --includedir-server)
	PGBIN=$root$bindir
	mkdir -p "$PGBIN" "$(dirname "$root$include")"
	for program in $PROGRAMS; do
		[ ! -x "$bindir/$program" ] || cp -L "$bindir/$program" "$PGBIN/"
	done
	ln -s "$include" "$root$include"
	link_contents "$pkglibdir" "$root$pkglibdir"
	link_contents "$sharedir" "$root$sharedir"
	link_contents "$sharedir/extension" "$root$sharedir/extension"
	[ -z "${PADV_LAUNCH-}" ] || launch_server
}

# In place of the server's program, one that starts it as PADV_LAUNCH says, and
# by its own name: by that the server is started again (pg_ctl restart).
launch_server() {
	mv "$PGBIN/postgres" "$PGBIN/postgres.bin"
	cat >"$PGBIN/postgres" <<-SH
		#!/bin/sh
		exec $PADV_LAUNCH bash -c 'exec -a "\$0" "\$0.bin" "\$@"' \
			"$PGBIN/postgres" "\$@"
	SH
	chmod +x "$PGBIN/postgres"
}

build() {
	local make="${MAKE:-make} -s -C $stage/src PG_CONFIG=$PG_CONFIG with_llvm=no"

	# Not $make's own flags: this is a build of its own.
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	$make -j "$(nproc 2>/dev/null || echo 2)" COPT="${PADV_COPT-}" all \
		>"$stage/build.log" 2>&1 &&
		$make DESTDIR="$stage/root" install >>"$stage/build.log" 2>&1
}

# ---- the end ----

# A postmaster works in its data directory: no other process is taken for one.
stop_servers() {
	local file pid tries pids=''

	while IFS= read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null)
		case $(readlink "/proc/$pid/cwd" 2>/dev/null) in
			"${file%/*}") kill -QUIT "$pid" 2>/dev/null && pids="$pids $pid" ;;
		esac
	done < <(find "$stage" -name postmaster.pid 2>/dev/null)
	for pid in $pids; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
		kill -KILL "$pid" 2>/dev/null
	done
}

finish() {
	local rc=$?

	trap '' INT TERM HUP
	[ -z "$child" ] || kill -TERM -- "-$child" 2>/dev/null
	[ -n "$stage" ] || exit "$rc"
	stop_servers
	[ -z "${PADV_KEEP-}" ] || cp -R "$stage/keep/." "$PADV_KEEP/"
	# what was just told to end may still be writing
	rm -rf "$stage" 2>/dev/null || { sleep 1 && rm -rf "$stage"; }
	exit "$rc"
}

# ---- all of it ----

[ $# -gt 0 ] || die "usage: stage.sh COMMAND [ARGUMENT...]"
choose_user
bash test/setup.sh || exit 3
PG_CONFIG=$(find_pg_config) || exit 3

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
make_stage || exit 3
copy_tree "$stage/src"
copy_server
if ! build; then
	say "stage: perfadvisor does not build:"
	head -n 100 "$stage/build.log"
	exit 3
fi
[ -z "$user" ] || chown -R "$user:$(id -g "$user")" "$stage"

# The caller's own server settings are none of the stage's business.
unset "${!PG@}" 2>/dev/null
PG_CONFIG=$(find "$stage/root" -name pg_config -type f)
export PG_CONFIG PGBIN=${PG_CONFIG%/pg_config} PADV_STAGE=$stage \
	PGXS_DIR TMPDIR=$stage/tmp HOME=$stage LC_ALL=C PATH
PGXS_DIR=$(pgxs_dir "$PG_CONFIG")
# How long PostgreSQL's programs and tests wait for what always comes, in
# seconds: a machine that is busy may be ten times slower for minutes.
export PGCTLTIMEOUT=900 PG_TEST_TIMEOUT_DEFAULT=900 PGISOLATIONTIMEOUT=900
PATH=$PGBIN:$PATH

# A process group of its own, so that all of it can be ended at once, and in
# the background, so that signals are heeded at once.
cd "$stage/src" || exit 3
set -m
as_user "$@" </dev/null &
child=$!
set +m
wait "$child"
rc=$?
child=
exit $rc
