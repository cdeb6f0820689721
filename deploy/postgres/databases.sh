#!/bin/sh
# Gives each service its database, owned by the role that migrates it, and a role that may do there what it is granted.
# May run at any time again. The passwords come by the environment and go on no command line; psql reads them itself.
set -eu
for service in people portfolio finance reporting; do
    NAME=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set role="$service" --set owner="${service}_owner" \
        --set database="portolan_$service" --dbname postgres <<SQL
\\getenv password PORTOLAN_${NAME}_PASSWORD
\\getenv owner_password PORTOLAN_${NAME}_OWNER_PASSWORD
SELECT format('CREATE ROLE %I', :'owner') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \\gexec
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
-- A failing statement would be logged with its text: not these two.
SET log_min_error_statement = panic;
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
ALTER ROLE :"role" LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"role";
\\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"role";
SQL
done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
SQL
echo "Four databases are ready."
