#!/bin/bash
# Run by the database's image when its volume is empty, after roles.sql: a login for each kind of service.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=migrator="$SVOD_MIGRATOR_PASSWORD" --set=service="$SVOD_SERVICE_PASSWORD" \
    --set=follower="$SVOD_FOLLOWER_PASSWORD" --set=audit="$SVOD_AUDIT_PASSWORD" <<'SQL'
CREATE ROLE svod_migrator LOGIN PASSWORD :'migrator' IN ROLE svod_owner;
-- The tables belong to the role, not to the login.
ALTER ROLE svod_migrator SET role = 'svod_owner';
CREATE ROLE svod_service LOGIN PASSWORD :'service' IN ROLE svod_writer;
CREATE ROLE svod_follower LOGIN PASSWORD :'follower' IN ROLE svod_projector;
CREATE ROLE svod_audit LOGIN PASSWORD :'audit' IN ROLE svod_auditor;
SQL
