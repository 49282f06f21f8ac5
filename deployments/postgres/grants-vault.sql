-- What each role may do with the vault, where persons are disclosed. Run after grants.sql, as svod_owner, in the database of
-- the vault (SVOD_VAULT_URL, or the ledger's own); to run it again changes nothing. Who reads the log for the auditor or
-- builds views learns no name.

REVOKE ALL ON vault_migrations, persons, disclosures FROM PUBLIC, svod_writer, svod_projector, svod_reader, svod_auditor;

GRANT SELECT ON vault_migrations TO svod_writer, svod_projector, svod_reader, svod_auditor;
GRANT SELECT, INSERT, DELETE ON persons, disclosures TO svod_writer;
GRANT UPDATE (key_number, wrapped_key) ON persons TO svod_writer;
GRANT SELECT ON persons, disclosures TO svod_reader;
