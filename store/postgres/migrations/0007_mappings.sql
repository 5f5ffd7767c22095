-- What a connection changes of the mappings of its integration's actions, byte for byte as the gateway wrote it.

ALTER TABLE {schema}.connections ADD COLUMN mappings bytea;
