-- What plugins used, and what was approved, is read from the audit by kind, newest first.
CREATE INDEX audit_by_kind ON audit (kind, seq);
