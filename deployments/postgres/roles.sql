-- The roles of a ledger's database. Run once for each database, before `svod migrate`, as a superuser connected to it;
-- to run it again changes nothing. grants.sql says afterwards what each role may do with which table.
--
-- Nobody logs in as one of these roles. A login is made for each service and given one of them:
--   CREATE ROLE svod_intake LOGIN PASSWORD '…' IN ROLE svod_writer;
--   CREATE ROLE svod_migrator LOGIN PASSWORD '…' IN ROLE svod_owner;
--   ALTER ROLE svod_migrator SET role = 'svod_owner';   -- so that the tables belong to the role, not to the login

-- A role belongs to the whole cluster: with several ledgers in one cluster it is there already, or being made.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['svod_owner', 'svod_writer', 'svod_projector', 'svod_reader', 'svod_auditor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;

COMMENT ON ROLE svod_owner IS 'owns the tables and migrates them; keeps the list of principals. No service runs as it';
COMMENT ON ROLE svod_writer IS 'svod run --role intake, gateway, scheduler, report-worker: appends to the log';
COMMENT ON ROLE svod_projector IS 'svod run --role projector: reads the log, keeps the views';
COMMENT ON ROLE svod_reader IS 'programs that only show';
COMMENT ON ROLE svod_auditor IS 'svod audit: the log, its receipts and its documents, nothing else';

-- Only the owner makes tables; nobody makes temporary ones, which could hide a table of the log behind their name.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO svod_owner, svod_writer, svod_projector, svod_reader, svod_auditor',
        current_database()
    );
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO svod_owner;
GRANT USAGE ON SCHEMA public TO svod_writer, svod_projector, svod_reader, svod_auditor;
