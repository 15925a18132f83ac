#!/bin/bash
# Runs a copy of the cluster that applies what is committed there three seconds later.
set -euo pipefail
if [[ ! -e $PGDATA/standby.signal ]]; then
	rm -rf "$PGDATA"
	PGPASSWORD=$POSTGRES_PASSWORD pg_basebackup --host=db --username="$POSTGRES_USER" --pgdata="$PGDATA" --write-recovery-conf \
		--wal-method=stream --checkpoint=fast
	# It never catches up, so a query that it delays gets all the time that it needs.
	cat >>"$PGDATA/postgresql.auto.conf" <<-'END'
		recovery_min_apply_delay = '3s'
		max_standby_streaming_delay = -1
		hot_standby_feedback = on
	END
fi
exec postgres -c max_connections=300
