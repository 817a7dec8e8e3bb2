#!/usr/bin/env bash
# check_includes.sh: hold the directions in which the rooms of src/ know each
# other, so that nobody must remember them.
#
# - A room includes headers of itself and of the rooms named below.
# - *_private.h belongs to its own room.
# - Only base/compat.h knows PostgreSQL's versions.
# - Only base/guc.h declares variables that others may touch.
# - Headers of this project are included relative to src/.
set -u
cd "$(dirname "$0")/../src" || exit 1

files=$(find . -name '*.[ch]' | sed 's|^\./||' | sort)
[ -n "$files" ] || exit 0

# shellcheck disable=SC2086
awk '
	BEGIN {
		may["base"] = "base"
		may["store"] = "base store"
		may["collect"] = "base store collect"
		may["workload"] = "base store workload"
		may["index"] = "base workload index"
		may["whatif"] = "base workload index whatif"
		may["reach"] = "base workload index reach"
		may["advise"] = "base workload index whatif reach advise"
		may["inspect"] = "base inspect"
		may["report"] = "base store collect workload index whatif " \
			"reach advise inspect report"
		may["."] = may["report"]		# the front door, perfadvisor.c
		for (i = 1; i < ARGC; i++)
			exists[ARGV[i]] = 1
	}

	function complain(text)
	{
		printf "src/%s:%d: %s\n", FILENAME, FNR, text
		bad = 1
	}

	FNR == 1 {
		room = "."
		if (split(FILENAME, part, "/") > 1)
			room = part[1]
		if (!(room in may))
			complain("there is no room \"" room "\": see src/README.md")
		else if (room == "." && FILENAME != "perfadvisor.c")
			complain("only perfadvisor.c stands outside the rooms")
	}

	/^[ \t]*#[ \t]*include[ \t]*"/ {
		header = $0
		sub(/^[^"]*"/, "", header)
		sub(/".*$/, "", header)
		target = header
		sub(/\/.*$/, "", target)
		if (header in exists)
		{
			if (index(" " may[room] " ", " " target " ") == 0)
				complain("room " room " includes \"" header \
						 "\", but may know only: " may[room])
			if (header ~ /_private\.h$/ && target != room)
				complain("\"" header "\" is private to room " target)
		}
		else if ((room "/" header) in exists)
			complain("include \"" room "/" header \
					 "\", relative to src/, instead of \"" header "\"")
	}

	/PG_VERSION_NUM/ && FILENAME != "base/compat.h" {
		complain("version differences belong in base/compat.h")
	}

	/^extern / && (!/\(/ || /\(\*/) && FILENAME != "base/guc.h" {
		# a function whose parameters follow on the next line has a bracket
		complain("an extern variable; only base/guc.h declares such")
	}

	END { exit bad }
' $files
