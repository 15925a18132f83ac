#!/bin/bash
# Lets the standby in. PostgreSQL's image runs it when it makes the cluster.
set -euo pipefail
echo 'host replication odoo all scram-sha-256' >>"$PGDATA/pg_hba.conf"
