#!/usr/bin/env bash
# peak.sh PID: looks at the memory of a backend until it ends, and keeps in
# $PADV_STAGE/peak the most that was its own alone, in MB.
set -u

most=-1
while kb=$(sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\).*/\1/p' \
	"/proc/$1/status" 2>/dev/null) && [ -n "$kb" ]; do
	if [ "$kb" -gt "$most" ]; then
		most=$kb
		echo $((most / 1024)) >"$PADV_STAGE/peak.new"
		mv "$PADV_STAGE/peak.new" "$PADV_STAGE/peak"
	fi
	sleep 0.05
done
