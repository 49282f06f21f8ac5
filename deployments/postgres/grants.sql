-- What each role may do with which table. Run after every `svod migrate`, as svod_owner; to run it again changes
-- nothing. No role but the owner can change or delete a row of the log, and the owner meets the triggers of the tables,
-- which refuse it to everybody.
--
-- A test (crates/store/tests/grants.rs) tries every statement on every table as every role.

-- By name: the vault may lie in the same database, and grants-vault.sql decides about its tables.
REVOKE ALL ON log_head, entries, checkpoints, receipts, migrations, log_for_people, cosigned, cosigned_heads, documents, progress,
    live_views, leases, files, principals, quarantine
    FROM PUBLIC, svod_writer, svod_projector, svod_reader, svod_auditor;

-- The log. Its head is the only row of it that ever changes, and a trigger lets it only go forward.
GRANT SELECT ON log_head, entries, checkpoints, receipts, migrations TO svod_writer, svod_projector, svod_reader, svod_auditor;
GRANT INSERT ON entries, checkpoints, receipts TO svod_writer;
GRANT UPDATE ON log_head TO svod_writer;
GRANT SELECT ON log_for_people TO svod_reader, svod_auditor;

-- What witnesses cosigned: the newest of each is replaced, what stays is never changed.
GRANT SELECT ON cosigned, cosigned_heads TO svod_writer, svod_reader, svod_auditor;
GRANT INSERT ON cosigned TO svod_writer;
GRANT INSERT, UPDATE ON cosigned_heads TO svod_writer;

-- Views and the progress of whoever follows the log.
GRANT SELECT ON documents, progress, live_views TO svod_writer, svod_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents, progress, live_views TO svod_projector;
GRANT INSERT, UPDATE ON progress TO svod_writer;

-- The right to run something alone.
GRANT SELECT, INSERT, UPDATE, DELETE ON leases TO svod_writer, svod_projector;

-- Documents that were built: kept, never replaced; taken out only when somebody whom they name is erased.
GRANT SELECT ON files TO svod_writer, svod_reader, svod_auditor;
GRANT INSERT, DELETE ON files TO svod_writer;

-- Who may speak to the ledger. Only the owner adds and revokes: an intake that was taken over cannot make itself a
-- reviewer.
GRANT SELECT ON principals TO svod_writer, svod_reader;

-- What could not be read: kept as it came, marked when it is sent again.
GRANT SELECT, INSERT ON quarantine TO svod_writer;
GRANT UPDATE (resent_at_us) ON quarantine TO svod_writer;
